/* SPDX-License-Identifier: MIT */
/* Cisco Extension Mobility service: logs users out of phones and in, and tells which user sits at which phone. Sources: [seed]
   the reference of the action CiscoExtensionMobility.Logout; [documented] Cisco's Extension Mobility API guide and its DTDs,
   the Feature Configuration Guide (codes 31 and up) and a published server trace; [inferred] conclusions. */
#include <limits.h>
#include <string.h>

#include "../core/xml.h"
#include "cisco_em.h"
#include "registry.h"

enum { OPTION_APP_ID, OPTION_APP_CERTIFICATE, OPTION_HOST, OPTION_VERSION, OPTION_TLS, OPTION_QUERY_URL };
enum { LOGIN_DEVICE, LOGIN_USER, LOGIN_PROFILE, LOGIN_MINUTES, LOGIN_INDEFINITE };

enum { NO_USER_LOGGED_IN = 19 };

static const char *const replies[] = {"text/xml", "application/xml", NULL};
static const char *const bodies[] = {"application/x-www-form-urlencoded", NULL};
static const char *const versions[] = {"undefined", "v333", "other", NULL};

/* Addresses */

static const struct so_value *option(const struct so_settings *settings, int index)
{
    const struct so_value *value = settings->options->first;
    while (index--)
        value = value->next;
    return value;
}

static bool is_333(const struct so_settings *settings)
{
    return !strcmp(option(settings, OPTION_VERSION)->text, "v333");
}

/* [seed] `host` wins over `url`; [documented] each version's path, no port is ever added, 3.3 knows no TLS. */
static const char *address(struct so_settings *settings, const char *url, const char **out)
{
    const struct so_value *host = option(settings, OPTION_HOST), *tls = option(settings, OPTION_TLS);
    bool old = is_333(settings), secure = tls->type == SO_BOOLEAN ? tls->truth : !old;
    *out = url;
    if (host->type != SO_STRING)
        return url ? NULL : "option 'host' (\"address:port\") or 'url' is missing";
    if (strpbrk(host->text, "/@?#\\"))
        return "option 'host' is no \"address:port\"";
    const char *origin, *base;
    *out = so_arena_join(&settings->arena, secure ? "https://" : "http://", host->text,
                         old ? "/LoginService/login.asp" : "/emservice/EMServiceServlet", NULL);
    const char *why = *out ? so_url_check(&settings->arena, *out, &origin, &base) : NULL;
    return why ? so_arena_join(&settings->arena, "option 'host' ", why, NULL) : NULL;
}

/* [documented] 3.3 answers queries at a page of their own. */
static const char *query_address(struct so_call *call)
{
    const struct so_settings *settings = call->settings;
    const struct so_value *own = option(settings, OPTION_QUERY_URL), *host = option(settings, OPTION_HOST);
    const char *base;
    if (host->type != SO_STRING && own->type == SO_STRING) {
        so_url_check(&call->arena, own->text, &call->request.origin, &base);
        return own->text;
    }
    if (host->type != SO_STRING)
        return settings->url;
    if (!is_333(settings))
        return settings->url;
    size_t kept = strlen(settings->url) - strlen("login.asp");
    return so_arena_format(&call->arena, "%.*squery.asp", (int)kept, settings->url);
}

/* Requests: one form control `xml`, [documented] without a declaration, elements in the order of the DTD */

static struct so_value *add_copy(struct so_call *call, struct so_value *parent, const char *name,
                                 const struct so_value *text)
{
    return so_value_add_text(&call->arena, parent, name, text->text, text->size);
}

static struct so_value *start_document(struct so_call *call, const char *root)
{
    struct so_value *document = so_value_new(&call->arena, SO_TABLE, root);
    struct so_value *app = so_value_add(&call->arena, document, SO_TABLE, "appInfo");
    add_copy(call, app, "appID", so_call_option(call, OPTION_APP_ID));
    add_copy(call, app, "appCertificate", so_call_option(call, OPTION_APP_CERTIFICATE));
    return document;
}

static bool finish_document(struct so_call *call, const struct so_value *document, const char *url)
{
    struct so_request *request = &call->request;
    size_t size;
    if (call->arena.failed || !url)
        return false;
    const char *xml = so_xml_write(&call->arena, document, NULL, &size);
    struct so_value *form = so_value_new(&call->arena, SO_TABLE, NULL);
    if (!xml || !so_value_add_text(&call->arena, form, "xml", xml, size))
        return false;
    request->method = "POST";
    request->url = url;
    request->format = SO_FORMAT_FORM;
    request->content_type = call->content_type;
    request->body = form;
    return true;
}

static bool build_logout(struct so_call *call)
{
    struct so_value *document = start_document(call, "request");
    struct so_value *logout = so_value_add(&call->arena, document, SO_TABLE, "logout");
    add_copy(call, logout, "deviceName", so_call_argument(call, 0));
    return finish_document(call, document, call->settings->url);
}

/* [documented] minutes, or without end. Where neither is given, the system chooses the duration. */
static void add_duration(struct so_call *call, struct so_value *login)
{
    const struct so_value *minutes = so_call_argument(call, LOGIN_MINUTES);
    bool endless = so_call_argument(call, LOGIN_INDEFINITE)->truth;
    if (endless && minutes->type == SO_NUMBER)
        call->refusal = "arguments 'minutes' and 'indefinite' exclude each other";
    if (!endless && minutes->type != SO_NUMBER)
        return;
    struct so_value *duration = so_value_add(&call->arena, login, SO_TABLE, "exclusiveDuration");
    if (endless)
        so_value_add(&call->arena, duration, SO_TABLE, "indefinite");
    else
        so_value_add_string(&call->arena, duration, "time", so_arena_format(&call->arena, "%.0f", minutes->number));
}

static bool build_login(struct so_call *call)
{
    struct so_value *document = start_document(call, "request");
    struct so_value *login = so_value_add(&call->arena, document, SO_TABLE, "login");
    const struct so_value *profile = so_call_argument(call, LOGIN_PROFILE);
    add_copy(call, login, "deviceName", so_call_argument(call, LOGIN_DEVICE));
    add_copy(call, login, "userID", so_call_argument(call, LOGIN_USER));
    if (profile->type == SO_STRING)
        add_copy(call, login, "deviceProfile", profile);
    add_duration(call, login);
    return !call->refusal && finish_document(call, document, call->settings->url);
}

static bool build_query(struct so_call *call, const char *query, const char *item)
{
    const struct so_value *asked = so_call_argument(call, 0);
    struct so_value *document = start_document(call, "query");
    struct so_value *list = so_value_add(&call->arena, document, SO_TABLE, query);
    if (asked->type == SO_STRING)
        add_copy(call, list, item, asked);
    for (const struct so_value *name = asked->first; name; name = name->next)
        add_copy(call, list, item, name);
    return finish_document(call, document, query_address(call));
}

static bool build_query_devices(struct so_call *call)
{
    return build_query(call, "deviceUserQuery", "deviceName");
}

static bool build_query_users(struct so_call *call)
{
    return build_query(call, "userDevicesQuery", "userID");
}

/* Codes */

#define DEVNET .provenance = SO_DOCUMENTED, .source = "Extension Mobility API guide, response codes"
#define GUIDE .provenance = SO_DOCUMENTED, .source = "Feature Configuration Guide, EMCC return codes"
#define NOT_RETRIED(who, why) .error = why, .scope = SO_SCOPE_##who

/* The numbers and names are documented; their meaning for a caller is inferred. 13-17, 24 and 34 appear nowhere. */
static const struct so_vendor_code codes[] = {
    {0, .error = SO_SERVER, .retriable = true, .wording = "Unknown Error", DEVNET},
    {1, NOT_RETRIED(CLIENT, SO_REJECTED), .wording = "Error on Parsing", DEVNET},
    {2, NOT_RETRIED(CLIENT, SO_DENIED), .wording = "Cannot authorize App user", DEVNET},
    {3, NOT_RETRIED(CLIENT, SO_DENIED), .wording = "Invalid App User", DEVNET},
    {4, NOT_RETRIED(TARGET, SO_DENIED), .wording = "Policy Validation error", DEVNET},
    {5, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Device logon disabled", DEVNET},
    {6, .error = SO_SERVER, .retriable = true, .wording = "Database Error", DEVNET},
    {7, .error = SO_SERVER, .retriable = true, .wording = "Logout Request Error", DEVNET},
    {8, NOT_RETRIED(CLIENT, SO_REJECTED), .wording = "Query type undetermined", DEVNET},
    {9, NOT_RETRIED(CLIENT, SO_DENIED), .wording = "Dir. User Info Error", DEVNET},
    {10, NOT_RETRIED(CLIENT, SO_DENIED), .wording = "User lacks app proxy rights", DEVNET},
    {11, NOT_RETRIED(TARGET, SO_NOT_FOUND), .wording = "Device does not exist", DEVNET},
    {12, NOT_RETRIED(TARGET, SO_NOT_FOUND), .wording = "Dev. Profile not found", DEVNET},
    {18, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Another user logged in", DEVNET},
    {NO_USER_LOGGED_IN, NOT_RETRIED(TARGET, SO_REJECTED), .answer = "already_out", .wording = "No user logged in", DEVNET},
    {20, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Hoteling flag error", DEVNET},
    {21, .error = SO_SERVER, .retriable = true, .wording = "Hoteling Status error", DEVNET},
    {22, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Device logon disabled", DEVNET},
    {23, NOT_RETRIED(TARGET, SO_NOT_FOUND), .wording = "User not found", DEVNET},
    {25, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "User logged in elsewhere", DEVNET},
    {26, .error = SO_BUSY, .retriable = true, .wording = "Busy, please try again", DEVNET},
    {27, NOT_RETRIED(CLIENT, SO_DENIED), .wording = "Change Password", DEVNET},
    {28, NOT_RETRIED(CLIENT, SO_DENIED), .wording = "Untrusted IP Error", DEVNET},
    {29, .error = SO_SERVER, .retriable = true, .wording = "RIS down-contact admin", DEVNET},
    {30, NOT_RETRIED(CLIENT, SO_DENIED), .wording = "Proxy not allowed", DEVNET},
    {31, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "EMCC Not Activated for the user", GUIDE},
    {32, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Device does not support EMCC", GUIDE},
    {33, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "No free EMCC dummy device", GUIDE},
    {35, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Visiting Cluster Information is not present in Home Cluster",
     GUIDE},
    {36, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "No Remote Cluster", GUIDE},
    {37, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Duplicate Device Name", GUIDE},
    {38, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "EMCC Not Allowed", GUIDE},
    {39, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Configuration Issue", GUIDE},
    {40, .error = SO_SERVER, .retriable = true, .wording = "No Response from Remote Host", GUIDE},
    {41, NOT_RETRIED(CLIENT, SO_DENIED), .wording = "PIN change is required", GUIDE},
    {42, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Invalid ClusterID", GUIDE},
    {43, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Device Security mode error", GUIDE},
    {44, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "cluster ID not valid", GUIDE},
    {45, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Remote Cluster version not supported", GUIDE},
    {46, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "Remote Cluster security mode not supported", GUIDE},
    {47, NOT_RETRIED(TARGET, SO_REJECTED), .wording = "DN has multiple users", GUIDE},
    {0},
};

static const struct so_vendor_code *find_code(long number)
{
    static const struct so_vendor_code unknown = {
        .error = SO_REJECTED, .scope = SO_SCOPE_TARGET, .wording = "a code that no documentation names",
    };
    for (const struct so_vendor_code *code = codes; code->wording; code++)
        if (code->code == number)
            return code;
    return &unknown;
}

/* Replies */

/* [documented] the elements of replies; the elements that repeat are lists, and so are the two empty lists of a device's users.
   "isDefaultDeviceProfile" is no fault. */
static const char *const data[] = {"userID", "lastlogin", "emccDevice", "deviceName", "none", "doesNotExist", "exists",
                                   "deviceProfileName", "isDefaultDeviceProfile", NULL};
static const char *const errors[] = {NULL};
static const char *const lists[] = {"device", "user", "deviceName", "none", "deviceProfile", NULL};
const struct so_words so_em_words = {data, errors, lists, NULL};

/* [documented] <error code="N">text</error>, and in failed queries <errorMessage>text</errorMessage>. [inferred] A code
   that is no plain integer is none. */
const char *const so_em_messages[] = {"error", "errorMessage", NULL};

static bool read_code(struct so_call *call, struct so_node failure, long *code)
{
    struct so_node error;
    const char *text;
    size_t size;
    so_read_message_of(call, failure, so_em_messages);
    if (!so_node_child(failure, "error", &error) || !so_node_attribute(error, "code", &text, &size))
        return false;
    so_text_trim(&text, &size);
    return so_text_integer(text, size, 0, INT_MAX, code);
}

/* [documented] failures come with 200, too: any other status is not from the service. */
void so_em_read_failure(struct so_call *call, struct so_node failure)
{
    long number;
    if (!read_code(call, failure, &number)) {
        so_call_fail(call, &call->answer.error, SO_SERVER, SO_SCOPE_NONE, false, "refused without a code");
        return;
    }
    const struct so_vendor_code *code = find_code(number);
    so_read_vendor_number(call, number);
    call->answer.own_words = call->reply.http_status == 200;
    if (code->answer && !strcmp(call->operation->name, call->settings->backend->signs_out)) {
        if (!call->answer.own_words)
            so_read_doubt(call, so_read_because(call, "came with HTTP %ld, not 200", call->reply.http_status));
        so_read_act(call, code->answer);
    } else {
        so_call_fail(call, &call->answer.error, code->error, code->scope, code->retriable, "refused with code %ld (%s)",
                     number, code->wording);
    }
}

/* True for 2xx; [documented] the service sends no other status: a refusal comes from something in between. */
static bool open_status(struct so_call *call)
{
    long status = call->reply.http_status;
    if (status == 401 || status == 403)
        so_read_foreign_refusal(call);
    return call->answer.error.code == SO_OK && so_read_status(call);
}

/* [documented] The root is `response`. */
bool so_em_open(struct so_call *call, const struct so_document *document, struct so_node *root)
{
    if (!open_status(call) || !so_read_root(call, document, root))
        return false;
    const char *name = so_node_name(*root);
    if (name && !strcmp(name, "response"))
        return true;
    so_read_unusable(call, "is no answer of Extension Mobility");
    return false;
}

/* A failure with more than one code or text cannot be understood. */
bool so_em_find_failure(struct so_call *call, struct so_node root, struct so_node *out)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    int times = 0;
    while (so_node_next(root, &cursor, &child))
        if (!strcmp(so_node_name(child), "failure") && ++times == 1)
            *out = child;
    static const struct so_words none = {0};
    if (times > 1 || (times && so_read_repeated(call, *out, &none)))
        so_read_unusable(call, "has a member twice, or more members than any answer");
    return times > 0;
}

/* [documented] `success` tells of success, 200 does not. [inferred] A reply with both `success` and a failure, or neither, is
   not understood. */
static void read_success(struct so_call *call, const struct so_document *document)
{
    struct so_node root, failure, success;
    if (!so_em_open(call, document, &root))
        return;
    bool failed = so_em_find_failure(call, root, &failure), done = so_node_child(root, "success", &success);
    if (call->answer.error.code != SO_OK)
        return;
    if (failed && !done) {
        so_em_read_failure(call, failure);
    } else if (failed || !done) {
        so_read_unusable(call, failed ? "holds success and failure at once" : "is no answer of Extension Mobility");
    } else {
        call->answer.own_words = so_read_whole(call, document, &so_em_words);
        so_read_act(call, "accepted");
    }
}

/* Facts */

static const struct so_parameter options[] = {
    [OPTION_APP_ID] = {.name = "app_id", .type = SO_STRING, .place = SO_PLACE_XML, .flags = SO_REQUIRED,
                       .what = "an application user with the right to act for others"},
    [OPTION_APP_CERTIFICATE] = {.name = "app_certificate", .type = SO_STRING, .place = SO_PLACE_XML,
                                .flags = SO_REQUIRED | SO_SECRET, .what = "its password"},
    [OPTION_HOST] = {.name = "host", .type = SO_STRING, .place = SO_PLACE_HEADER,
                     .what = "\"address:port\" of the publisher; wins over url"},
    [OPTION_VERSION] = {.name = "version", .type = SO_STRING, .place = SO_PLACE_LOCAL, .fallback = "undefined",
                        .choices = versions, .what = "v333: 3.3(3) to 3.3(5); other: anything later"},
    [OPTION_TLS] = {.name = "tls", .type = SO_BOOLEAN, .what = "for host; true, but false with v333"},
    [OPTION_QUERY_URL] = {.name = "query_url", .type = SO_STRING, .place = SO_PLACE_URL,
                          .what = "where queries go, if not to url"},
    [SO_EM_IGNORE_MEMBERS] = {.name = "ignore_members", .type = SO_LIST, .place = SO_PLACE_XML,
                               .what = "elements of replies that say nothing of who sits there now"},
    {0},
};

static const struct so_parameter one_device[] = {
    {.name = "device", .type = SO_STRING, .place = SO_PLACE_XML, .flags = SO_REQUIRED, .what = "its name, SEP..."},
    {0},
};

static const struct so_parameter many_devices[] = {
    {.name = "devices", .type = SO_LIST, .place = SO_PLACE_XML, .flags = SO_REQUIRED, .what = "their names"},
    {0},
};

static const struct so_parameter many_users[] = {
    {.name = "users", .type = SO_LIST, .place = SO_PLACE_XML, .flags = SO_REQUIRED, .what = "their ids"},
    {0},
};

static const struct so_parameter login_arguments[] = {
    [LOGIN_DEVICE] = {.name = "device", .type = SO_STRING, .place = SO_PLACE_XML, .flags = SO_REQUIRED},
    [LOGIN_USER] = {.name = "user", .type = SO_STRING, .place = SO_PLACE_XML, .flags = SO_REQUIRED},
    [LOGIN_PROFILE] = {.name = "profile", .type = SO_STRING, .place = SO_PLACE_XML, .what = "the device profile"},
    [LOGIN_MINUTES] = {.name = "minutes", .type = SO_NUMBER, .flags = SO_WHOLE_NUMBER, .least = 0, .most = INT_MAX,
                       .what = "after which the system logs out"},
    [LOGIN_INDEFINITE] = {.name = "indefinite", .type = SO_BOOLEAN, .what = "no end"},
    {0},
};

static const char *const no_answers[] = {NULL};
static const char *const device_answers[] = {"active", "device", "state", "user", "last_user", "emcc", "others", NULL};
static const char *const user_answers[] = {"active", "user", "state", "devices", NULL};

static const struct so_operation operations[] = {
    {.name = "logout", .arguments = one_device, .positional = 1, .build = build_logout, .read = read_success,
     .answers = no_answers, .changes = true, .retry = SO_RETRY_ONCE, .batch_max = 1, .provenance = SO_SEED},
    {.name = "login", .arguments = login_arguments, .positional = 0, .build = build_login, .read = read_success,
     .answers = no_answers, .changes = true, .retry = SO_RETRY_NO, .batch_max = 1, .provenance = SO_DOCUMENTED},
    {.name = "status", .arguments = one_device, .positional = 1, .build = build_query_devices,
     .read = so_em_read_devices, .answers = device_answers, .safe = true, .retry = SO_RETRY_PACED,
     .evidence = SO_EVIDENCE_OCCUPANT, .batch_max = 1, .provenance = SO_DOCUMENTED},
    {.name = "query_devices", .arguments = many_devices, .positional = 1, .build = build_query_devices,
     .read = so_em_read_devices, .answers = device_answers, .safe = true, .retry = SO_RETRY_PACED,
     .evidence = SO_EVIDENCE_OCCUPANT, .batch_max = 50, .list = true, .row_key = "device", .provenance = SO_DOCUMENTED},
    {.name = "query_users", .arguments = many_users, .positional = 1, .build = build_query_users,
     .read = so_em_read_users, .answers = user_answers, .safe = true, .retry = SO_RETRY_PACED, .batch_max = 50, .finds = true,
     .list = true, .row_key = "user", .provenance = SO_DOCUMENTED},
    {0},
};

const struct so_backend so_cisco_em = {
    .name = "cisco_em",
    .title = "Cisco Extension Mobility",
    .accepts = replies,
    .encodings = bodies,
    .options = options,
    .operations = operations,
    .codes = codes,
    .signs_out = "logout",
    .names = SO_NAMES_FOLDED, /* [documented] case, and percent-encoded UTF-8 */
    .targets = SO_NAMES_FOLDED,
    .by_hand = "log the user out at the phone, or reset the phone in Unified CM",
    .address = address,
};
