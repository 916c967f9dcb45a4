/* SPDX-License-Identifier: MIT */
/* Cisco Extension Mobility service: logs users out of phones and in, and says who sits where.
   Sources: [seed] the reference of the action CiscoExtensionMobility.Logout; [documented] Cisco's Extension Mobility API
   guide and its DTDs, the Feature Configuration Guide (codes 31 and up) and a published server trace; [inferred]
   conclusions. */
#include <limits.h>
#include <string.h>

#include "../core/xml.h"
#include "reading.h"
#include "registry.h"

enum { OPTION_APP_ID, OPTION_APP_CERTIFICATE, OPTION_HOST, OPTION_VERSION, OPTION_TLS, OPTION_QUERY_URL };
enum { LOGIN_DEVICE, LOGIN_USER, LOGIN_PROFILE, LOGIN_MINUTES, LOGIN_INDEFINITE };

enum { NO_USER_LOGGED_IN = 19 };

static const char *const replies[] = {"text/xml", "application/xml", NULL};
static const char *const bodies[] = {"application/x-www-form-urlencoded", NULL};
static const char *const versions[] = {"undefined", "v333", "other", NULL};

/* Where */

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

/* [documented] minutes, or without end; neither leaves the duration to the system. */
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

#define DEVNET .mark = SO_DOCUMENTED, .source = "Extension Mobility API guide, response codes"
#define GUIDE .mark = SO_DOCUMENTED, .source = "Feature Configuration Guide, EMCC return codes"
#define NOT_RETRIED(who, why) .error = why, .scope = SO_SCOPE_##who

/* The numbers and names are documented; what they mean to a caller is inferred. 13-17, 24 and 34 appear nowhere. */
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

/* [documented] <error code="N">text</error>, and in failed queries <errorMessage>text</errorMessage>. [inferred] A code
   that is no plain integer is none. */
static bool read_code(struct so_call *call, struct so_node failure, long *code)
{
    static const char *const messages[] = {"error", "errorMessage", NULL};
    struct so_node error;
    const char *text;
    size_t size;
    so_read_message_of(call, failure, messages);
    if (!so_node_child(failure, "error", &error) || !so_node_attribute(error, "code", &text, &size))
        return false;
    so_text_trim(&text, &size);
    return so_text_integer(text, size, 0, INT_MAX, code);
}

static void read_failure(struct so_call *call, struct so_node failure)
{
    long number;
    if (!read_code(call, failure, &number)) {
        so_call_fail(call, &call->answer.error, SO_SERVER, SO_SCOPE_NONE, false, "refused without a code");
        return;
    }
    const struct so_vendor_code *code = find_code(number);
    so_read_vendor_number(call, number);
    if (code->answer && !strcmp(call->operation->name, call->settings->backend->signs_out))
        so_read_answer(call, code->answer);
    else
        so_call_fail(call, &call->answer.error, code->error, code->scope, code->retriable, "refused with code %ld (%s)",
                     number, code->wording);
}

/* [documented] The root is `response`, and 200 says nothing. A failure is read here; `wanted` is left to the caller.
   [inferred] Both, or neither, is not understood. */
static bool open_response(struct so_call *call, const struct so_document *document, const char *wanted,
                          struct so_node *out)
{
    struct so_node root, failure;
    if (!so_read_status(call) || !so_read_root(call, document, &root))
        return false;
    const char *name = so_node_name(root);
    bool failed = name && !strcmp(name, "response") && so_node_child(root, "failure", &failure);
    if (failed && !so_read_members_once(call, failure))
        return false;
    bool found = name && !strcmp(name, "response") && so_node_child(root, wanted, out);
    if (failed && !found)
        read_failure(call, failure);
    else if (failed || !found)
        so_read_unusable(call, failed ? "holds success and failure at once" : "is no answer of Extension Mobility");
    return found && !failed;
}

static void read_success(struct so_call *call, const struct so_document *document)
{
    struct so_node success;
    if (open_response(call, document, "success", &success))
        so_read_answer(call, "accepted");
}

/* [documented] User ids are percent-encoded UTF-8 in newer releases; [inferred] what does not decode is meant raw, and
   '+' is no blank. */
static const char *decode_user(struct so_call *call, const char *text, size_t *size)
{
    char *decoded = so_arena_copy(&call->arena, text, *size);
    size_t end = 0;
    if (!decoded)
        return NULL;
    for (size_t i = 0; i < *size; i++, end++) {
        unsigned value;
        if (text[i] != '%') {
            decoded[end] = text[i];
            continue;
        }
        if (*size - i < 3 || !so_text_hex(text + i + 1, &value))
            return text;
        decoded[end] = (char)value;
        i += 2;
    }
    decoded[end] = '\0';
    if (!so_text_is_utf8(decoded, end) || memchr(decoded, '\0', end))
        return text;
    *size = end;
    return decoded;
}

static const char *user_of(struct so_call *call, struct so_node parent, const char *member, size_t *size)
{
    const char *text = so_node_member(&call->arena, parent, member, size);
    return text ? decode_user(call, text, size) : NULL;
}

static void set_state(struct so_call *call, struct so_value *row, const char *state)
{
    so_value_add_string(&call->arena, row, "state", state);
    if (!strcmp(state, "logged_in") || !strcmp(state, "free"))
        so_value_add_boolean(&call->arena, row, "active", !strcmp(state, "logged_in"));
}

/* [documented] A first login returns `userID` beside `none`: look for the user first. */
static void read_device(struct so_call *call, struct so_value *row, struct so_node device)
{
    struct so_node none, emcc;
    size_t size;
    bool occupied = so_node_child(device, "userID", &none);
    const char *user = user_of(call, device, "userID", &size);
    if (user && size) {
        so_value_add_text(&call->arena, row, "user", user, size);
        set_state(call, row, "logged_in");
    } else if (occupied || so_node_child(device, "doesNotExist", &none)) {
        set_state(call, row, occupied ? "unknown" : "no_device");
    } else {
        set_state(call, row, so_node_child(device, "none", &none) ? "free" : "unknown");
    }
    const char *last = so_node_member(&call->arena, device, "lastlogin", &size); /* [documented] as it is */
    if (last && size)
        so_value_add_text(&call->arena, row, "last_user", last, size);
    if (so_node_child(device, "emccDevice", &emcc)) {
        const char *text = so_node_member(&call->arena, device, "emccDevice", &size);
        if (text)
            so_value_add_boolean(&call->arena, row, "emcc", so_text_same(text, size, "yes", 3));
    }
}

static void read_user(struct so_call *call, struct so_value *row, struct so_node user)
{
    struct so_value *devices = so_value_member(row, "devices");
    struct so_cursor cursor = {0};
    struct so_node child;
    bool free = false, missing = false, unreadable = false;
    while (so_node_next(user, &cursor, &child)) {
        const char *name = so_node_name(child), *text;
        size_t size;
        bool device = !strcmp(name, "deviceName"), readable = device && so_node_text(child, &text, &size) && size;
        if (readable)
            so_value_add_text(&call->arena, devices, NULL, text, size);
        unreadable = unreadable || (device && !readable);
        free = free || !strcmp(name, "none");
        missing = missing || !strcmp(name, "doesNotExist");
    }
    set_state(call, row, devices->first ? "logged_in" : unreadable ? "unknown" : missing ? "no_user"
                                                                            : free      ? "free"
                                                                                        : "unknown");
}

/* What distinguishes the two queries. */
struct query {
    const char *results, *item, *key; /* elements, and the attribute that names what was asked for */
    const char *name;                 /* in Lua */
    bool encoded, lists;
    void (*read)(struct so_call *call, struct so_value *row, struct so_node item);
};

static const struct query devices_query = {"deviceUserResults", "device", "name", "device", false, false, read_device};
static const struct query users_query = {"userDevicesResults", "user", "id", "user", true, true, read_user};

/* Without a copy: a reply may be long, and so may the list of those asked. */
static bool same_decoded(const char *text, size_t size, const char *asked, size_t asked_size)
{
    size_t at = 0;
    for (size_t i = 0; i < size; i++, at++) {
        unsigned byte = (unsigned char)text[i];
        if (text[i] == '%' && (size - i < 3 || !so_text_hex(text + i + 1, &byte)))
            return false;
        i += text[i] == '%' ? 2 : 0;
        char decoded = (char)byte;
        if (at >= asked_size || !so_text_same(&decoded, 1, asked + at, 1))
            return false;
    }
    return at == asked_size;
}

/* [documented] Names are compared without case; [inferred] an id is compared as sent and decoded. */
static bool is_asked(const struct query *query, struct so_node item, const struct so_value *asked)
{
    const char *text, *name = so_node_name(item);
    size_t size;
    if (!name || strcmp(name, query->item) || !so_node_attribute(item, query->key, &text, &size))
        return false;
    return so_text_same(text, size, asked->text, asked->size) ||
           (query->encoded && same_decoded(text, size, asked->text, asked->size));
}

/* One row for each that was asked; [inferred] the reply's order is not promised. */
static void read_row(struct so_call *call, const struct query *query, struct so_node results,
                     const struct so_value *asked, struct so_value *row)
{
    struct so_cursor cursor = {0};
    struct so_node item;
    if (!row || !so_value_add_text(&call->arena, row, query->name, asked->text, asked->size) ||
        (query->lists && !so_value_add(&call->arena, row, SO_LIST, "devices")))
        return;
    struct so_node found;
    int times = 0;
    while (so_node_next(results, &cursor, &item))
        if (is_asked(query, item, asked) && ++times == 1)
            found = item;
    if (times == 1)
        query->read(call, row, found);
    else
        set_state(call, row, "unknown"); /* not there; or there twice, which proves nothing */
}

static void read_query(struct so_call *call, const struct so_document *document, const struct query *query)
{
    const struct so_value *asked = so_call_argument(call, 0);
    struct so_arena *arena = &call->arena;
    struct so_node results;
    if (!open_response(call, document, query->results, &results))
        return;
    bool one = call->operation->covers == 1;
    call->answer.result = so_value_new(arena, one ? SO_TABLE : SO_LIST, NULL);
    if (one)
        read_row(call, query, results, asked, call->answer.result);
    else if (asked->type == SO_STRING)
        read_row(call, query, results, asked, so_value_add(arena, call->answer.result, SO_TABLE, NULL));
    for (const struct so_value *name = asked->first; name; name = name->next)
        read_row(call, query, results, name, so_value_add(arena, call->answer.result, SO_TABLE, NULL));
}

static void read_query_devices(struct so_call *call, const struct so_document *document)
{
    read_query(call, document, &devices_query);
}

static void read_query_users(struct so_call *call, const struct so_document *document)
{
    read_query(call, document, &users_query);
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
static const char *const device_answers[] = {"active", "device", "state", "user", "last_user", "emcc", NULL};
static const char *const user_answers[] = {"active", "user", "state", "devices", NULL};

static const struct so_operation operations[] = {
    {.name = "logout", .arguments = one_device, .positional = 1, .build = build_logout, .read = read_success,
     .answers = no_answers, .changes = true, .retry = SO_RETRY_ONCE, .covers = 1, .mark = SO_SEED},
    {.name = "login", .arguments = login_arguments, .positional = 0, .build = build_login, .read = read_success,
     .answers = no_answers, .changes = true, .retry = SO_RETRY_NO, .covers = 1, .mark = SO_DOCUMENTED},
    {.name = "status", .arguments = one_device, .positional = 1, .build = build_query_devices,
     .read = read_query_devices, .answers = device_answers, .safe = true, .retry = SO_RETRY_PACED,
     .proves = SO_PROVES_OCCUPANT, .covers = 1, .mark = SO_DOCUMENTED},
    {.name = "query_devices", .arguments = many_devices, .positional = 1, .build = build_query_devices,
     .read = read_query_devices, .answers = device_answers, .safe = true, .retry = SO_RETRY_PACED,
     .proves = SO_PROVES_OCCUPANT, .covers = 50, .list = true, .mark = SO_DOCUMENTED},
    {.name = "query_users", .arguments = many_users, .positional = 1, .build = build_query_users,
     .read = read_query_users, .answers = user_answers, .safe = true, .retry = SO_RETRY_PACED, .covers = 50,
     .list = true, .finds = true, .mark = SO_DOCUMENTED},
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
