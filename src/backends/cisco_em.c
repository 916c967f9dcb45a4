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

enum { OPTION_APP_ID, OPTION_APP_CERTIFICATE, OPTION_HOST, OPTION_VERSION, OPTION_TLS, OPTION_QUERY_URL, OPTION_IGNORE_MEMBERS };
enum { LOGIN_DEVICE, LOGIN_USER, LOGIN_PROFILE, LOGIN_MINUTES, LOGIN_INDEFINITE };

enum { NO_USER_LOGGED_IN = 19 };

/* Of one row: elements that are not documented, bytes of each, and bytes of a failure's text. */
enum { OTHERS_MAX = 16, OTHER_TEXT_MAX = 256, FAILURE_SHOWN = 256 };

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

/* [documented] what the replies hold; the elements that stand several times are lists, and the two places of a device's
   users that are empty. "isDefaultDeviceProfile" is no fault. */
static const char *const data[] = {"userID", "lastlogin", "emccDevice", "deviceName", "none", "doesNotExist", "exists",
                                   "deviceProfileName", "isDefaultDeviceProfile", NULL};
static const char *const errors[] = {NULL};
static const char *const lists[] = {"device", "user", "deviceName", "none", "deviceProfile", NULL};
static const struct so_words words = {data, errors, lists, NULL};

/* [documented] <error code="N">text</error>, and in failed queries <errorMessage>text</errorMessage>. [inferred] A code
   that is no plain integer is none. */
static const char *const messages[] = {"error", "errorMessage", NULL};

static bool read_code(struct so_call *call, struct so_node failure, long *code)
{
    struct so_node error;
    const char *text;
    size_t size;
    so_read_message_of(call, failure, messages);
    if (!so_node_child(failure, "error", &error) || !so_node_attribute(error, "code", &text, &size))
        return false;
    so_text_trim(&text, &size);
    return so_text_integer(text, size, 0, INT_MAX, code);
}

/* [documented] 200 comes with failures, too: any other status is somebody else's. */
static void read_failure(struct so_call *call, struct so_node failure)
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

/* True for 2xx; [documented] the service knows no other: what denies is something in between. */
static bool open_status(struct so_call *call)
{
    long status = call->reply.http_status;
    if (status == 401 || status == 403)
        so_read_foreign_refusal(call);
    return call->answer.error.code == SO_OK && so_read_status(call);
}

/* [documented] The root is `response`. */
static bool open_response(struct so_call *call, const struct so_document *document, struct so_node *root)
{
    if (!open_status(call) || !so_read_root(call, document, root))
        return false;
    const char *name = so_node_name(*root);
    if (name && !strcmp(name, "response"))
        return true;
    so_read_unusable(call, "is no answer of Extension Mobility");
    return false;
}

/* A failure that says more than one thing says nothing. */
static bool find_failure(struct so_call *call, struct so_node root, struct so_node *out)
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

/* [documented] 200 says nothing, `success` does. [inferred] Both, or neither, is not understood. */
static void read_success(struct so_call *call, const struct so_document *document)
{
    struct so_node root, failure, success;
    if (!open_response(call, document, &root))
        return;
    bool failed = find_failure(call, root, &failure), done = so_node_child(root, "success", &success);
    if (call->answer.error.code != SO_OK)
        return;
    if (failed && !done) {
        read_failure(call, failure);
    } else if (failed || !done) {
        so_read_unusable(call, failed ? "holds success and failure at once" : "is no answer of Extension Mobility");
    } else {
        call->answer.own_words = so_read_whole(call, document, &words);
        so_read_act(call, "accepted");
    }
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

/* The text of an element without the blanks and line breaks that pretty-printers put around it; NULL where nothing of it can
   be seen. */
static const char *readable(struct so_node node, size_t *size)
{
    const char *text;
    if (!so_node_text(node, &text, size))
        return NULL;
    so_text_trim(&text, size);
    return so_text_is_blank(text, *size) ? NULL : text;
}

static const char *readable_user(struct so_call *call, struct so_node node, size_t *size)
{
    const char *text = readable(node, size);
    text = text ? decode_user(call, text, size) : NULL;
    if (text)
        so_text_trim(&text, size);
    return text && !so_text_is_blank(text, *size) ? text : NULL;
}

/* What the entries of one row hold. */
struct finding {
    struct so_value *row;
    const char *user; /* the first that can be read */
    size_t size;
    int entries, users, last, emcc, none, missing, others;
    const char *doubt;
};

/* What distinguishes the two queries. */
struct query {
    const char *results, *item, *key; /* elements, and the attribute that names what was asked for */
    const char *name;                 /* in Lua */
    bool encoded, lists;
    void (*add)(struct so_call *call, struct so_value *row, struct so_node item, struct finding *found);
    const char *(*conclude)(struct so_call *call, struct so_value *row, struct finding *found);
    const char *missing; /* the state of what the system does not know */
};

static void note(struct finding *found, const char *doubt)
{
    if (!found->doubt)
        found->doubt = doubt;
}

static bool is_ignored(const struct so_call *call, const char *name)
{
    const struct so_value *ignored = so_call_option(call, OPTION_IGNORE_MEMBERS)->first;
    while (ignored && strcmp(ignored->text, name))
        ignored = ignored->next;
    return ignored != NULL;
}

/* [documented] A failure may stand inside one row: that one is unknown, and the others count. */
static void note_failure(struct so_call *call, struct so_node failure, struct finding *found)
{
    for (const char *const *member = messages; *member; member++) {
        struct so_node child;
        size_t size;
        const char *text = so_node_child(failure, *member, &child) ? readable(child, &size) : NULL;
        if (text) {
            int shown = (int)so_text_prefix(text, size, FAILURE_SHOWN);
            note(found, so_read_because(call, "has a failure in this row: %.*s", shown, text));
            return;
        }
    }
    note(found, "has a failure in this row");
}

/* [documented] Unknown elements are to be expected. Who reads the row compares their texts with the person's name: what cannot
   be compared leaves a doubt. */
static void keep_other(struct so_call *call, const char *name, struct so_node node, struct finding *found)
{
    struct so_arena *arena = &call->arena;
    size_t size;
    const char *text = readable(node, &size);
    if (!text && so_node_type(node) != SO_TABLE)
        return;
    if (!text || size > OTHER_TEXT_MAX || strlen(name) > OTHER_TEXT_MAX || found->others == OTHERS_MAX) {
        note(found, so_read_because(call, "has an element in this row that cannot be compared, '%.64s'", name));
        return;
    }
    found->others++;
    struct so_value *others = so_value_member(found->row, "others");
    if (!others)
        others = so_value_add(arena, found->row, SO_LIST, "others");
    struct so_value *other = so_value_add(arena, others, SO_TABLE, NULL);
    so_value_add_string(arena, other, "name", name);
    so_value_add_text(arena, other, "text", text, size);
}

/* An element that no documentation names. */
static void add_other(struct so_call *call, const char *name, struct so_node node, struct finding *found)
{
    if (is_ignored(call, name))
        return;
    note(found, so_read_error_in(call, name, node, &words));
    keep_other(call, name, node, found);
}

/* [documented] A first login returns `userID` beside `none`: the first is who is there, the second who was. */
static void add_device(struct so_call *call, struct so_value *row, struct so_node device, struct finding *found)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    size_t size;
    while (so_node_next(device, &cursor, &child)) {
        const char *name = so_node_name(child), *text;
        if (!strcmp(name, "userID")) {
            found->users++;
            text = readable_user(call, child, &size);
            note(found, text ? NULL : "has a 'userID' that cannot be read");
            if (text && !found->user)
                found->user = text, found->size = size;
        } else if (!strcmp(name, "lastlogin")) {
            text = readable(child, &size);
            if (text && !found->last++)
                so_value_add_text(&call->arena, row, "last_user", text, size);
        } else if (!strcmp(name, "emccDevice")) {
            text = readable(child, &size);
            if (text && !found->emcc++)
                so_value_add_boolean(&call->arena, row, "emcc", so_text_same(text, size, "yes", 3));
        } else if (!strcmp(name, "none")) {
            found->none++;
        } else if (!strcmp(name, "doesNotExist")) {
            found->missing++;
        } else if (!strcmp(name, "failure")) {
            note_failure(call, child, found);
        } else {
            add_other(call, name, child, found);
        }
    }
}

static const char *conclude_device(struct so_call *call, struct so_value *row, struct finding *found)
{
    bool twice = found->users > 1 || found->last > 1 || found->emcc > 1 || found->missing > 1;
    note(found, twice ? "has a member of this row twice" : NULL);
    note(found, found->users + found->none + found->last > 2 ? "has more than two places for users in this row" : NULL);
    note(found, found->missing && (found->users || found->none || found->last) ? "contradicts itself in this row" : NULL);
    if (found->user) {
        if (found->users == 1)
            so_value_add_text(&call->arena, row, "user", found->user, found->size);
        return "logged_in";
    }
    if (found->missing)
        return "no_device";
    note(found, found->none ? NULL : "does not say who sits there");
    return "free";
}

/* The same device in two entries is one. */
static void add_device_name(struct so_call *call, struct so_value *row, struct so_node node, struct finding *found)
{
    struct so_value *devices = so_value_member(row, "devices");
    size_t size;
    const char *text = readable(node, &size);
    found->users++;
    note(found, text ? NULL : "has a 'deviceName' that cannot be read");
    for (const struct so_value *device = devices->first; text && device; device = device->next)
        if (so_text_same(device->text, device->size, text, size)) {
            note(found, "has a device of this row twice");
            return;
        }
    if (text)
        so_value_add_text(&call->arena, devices, NULL, text, size);
}

/* Unlike a device's, an unknown element with something in it may be where the user is. */
static void add_unknown_of_user(struct so_call *call, const char *name, struct so_node node, struct finding *found)
{
    if (!is_ignored(call, name) && !so_node_is_empty(node))
        note(found, so_read_because(call, "has an unknown element in this row, '%.64s'", name));
}

static void add_user(struct so_call *call, struct so_value *row, struct so_node user, struct finding *found)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    while (so_node_next(user, &cursor, &child)) {
        const char *name = so_node_name(child);
        if (!strcmp(name, "deviceName"))
            add_device_name(call, row, child, found);
        else if (!strcmp(name, "none"))
            found->none++;
        else if (!strcmp(name, "doesNotExist"))
            found->missing++;
        else if (!strcmp(name, "failure"))
            note_failure(call, child, found);
        else
            add_unknown_of_user(call, name, child, found);
    }
}

static const char *conclude_user(struct so_call *call, struct so_value *row, struct finding *found)
{
    (void)call;
    note(found, (found->users > 0) + (found->none > 0) + (found->missing > 0) > 1 ? "contradicts itself in this row" : NULL);
    if (so_value_member(row, "devices")->first)
        return "logged_in";
    if (found->missing)
        return "no_user";
    note(found, found->none ? NULL : "does not say where this user is");
    return "free";
}

static const struct query devices_query = {"deviceUserResults", "device", "name", "device", false, false,
                                           add_device, conclude_device, "no_device"};
static const struct query users_query = {"userDevicesResults", "user", "id", "user", true, true,
                                         add_user, conclude_user, "no_user"};

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

/* The attribute that names a row; false where nothing of it can be seen. */
static bool name_of(const struct query *query, struct so_node item, const char **text, size_t *size)
{
    if (!so_node_attribute(item, query->key, text, size))
        return false;
    so_text_trim(text, size);
    return !so_text_is_blank(*text, *size);
}

/* [documented] Names are compared without case; [inferred] an id is compared as sent and decoded. */
static bool is_asked(const struct query *query, struct so_node item, const struct so_value *asked)
{
    const char *text;
    size_t size;
    if (strcmp(so_node_name(item), query->item) || !name_of(query, item, &text, &size))
        return false;
    return so_text_same(text, size, asked->text, asked->size) ||
           (query->encoded && same_decoded(text, size, asked->text, asked->size));
}

/* Every entry of what was asked for: there should be one. */
static void add_entries(struct so_call *call, const struct query *query, struct so_node root, const struct so_value *asked,
                        struct finding *found)
{
    struct so_cursor cursor = {0};
    struct so_node results, item;
    while (so_node_next(root, &cursor, &results)) {
        struct so_cursor inner = {0};
        while (!strcmp(so_node_name(results), query->results) && so_node_next(results, &inner, &item))
            if (is_asked(query, item, asked) && ++found->entries)
                query->add(call, found->row, item, found);
    }
}

/* Somebody who is there may be read from any row; nobody, only from one without a doubt in a reply without a doubt. */
static void read_row(struct so_call *call, const struct query *query, struct so_node root, const struct so_value *asked,
                     struct so_value *row)
{
    struct so_arena *arena = &call->arena;
    struct finding found = {.row = row};
    if (!row || !so_value_add_text(arena, row, query->name, asked->text, asked->size) ||
        (query->lists && !so_value_add(arena, row, SO_LIST, "devices")))
        return;
    add_entries(call, query, root, asked, &found);
    note(&found, found.entries ? NULL : "lacks the row that was asked for");
    note(&found, found.entries > 1 ? "has this row twice" : NULL);
    const char *state = query->conclude(call, row, &found);
    const char *doubt = call->answer.doubt ? call->answer.doubt : found.doubt;
    bool there = !strcmp(state, "logged_in");
    so_value_add_string(arena, row, "state", doubt && !there ? "unknown" : state);
    if (there || (!doubt && strcmp(state, query->missing)))
        so_value_add_boolean(arena, row, "active", there);
    if (call->operation->covers == 1) {
        so_read_doubt(call, doubt);
        return;
    }
    so_value_add_boolean(arena, row, "whole", !doubt);
    so_value_add_string(arena, row, "doubt", doubt);
}

/* The list around the rows: their own members are looked at row by row, where they were asked for. */
static void doubt_results(struct so_call *call, const struct query *query, struct so_node results)
{
    struct so_cursor cursor = {0};
    struct so_node item;
    const char *name, *text;
    size_t size;
    while (so_node_each(results, &cursor, &name, &item)) {
        bool row = !strcmp(name, query->item);
        if (!row && !is_ignored(call, name))
            so_read_doubt(call, so_read_error_in(call, name, item, &words));
        if (row && !name_of(query, item, &text, &size))
            so_read_doubt(call, "has a row without a name");
    }
    so_read_doubt(call, so_read_repeated(call, results, &words));
}

/* What the reply as a whole lacks; gives how many lists of results it has. */
static int doubt_response(struct so_call *call, const struct query *query, struct so_node root)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    const char *name;
    int results = 0;
    if (call->reply.http_status != 200)
        so_read_doubt(call, so_read_because(call, "came with HTTP %ld, not 200", call->reply.http_status));
    while (so_node_each(root, &cursor, &name, &child)) {
        bool list = !strcmp(name, query->results);
        results += list;
        if (list)
            doubt_results(call, query, child);
        else if (!strcmp(name, "failure"))
            so_read_doubt(call, "holds results and failure at once");
        else if (!is_ignored(call, name))
            so_read_doubt(call, so_read_error_in(call, name, child, &words));
    }
    so_read_doubt(call, so_read_repeated(call, root, &words));
    return results;
}

/* One row for each that was asked; [inferred] the reply's order is not promised. */
static void read_query(struct so_call *call, const struct so_document *document, const struct query *query)
{
    const struct so_value *asked = so_call_argument(call, 0);
    struct so_arena *arena = &call->arena;
    struct so_node root, failure;
    if (!open_response(call, document, &root))
        return;
    if (!doubt_response(call, query, root)) {
        if (!find_failure(call, root, &failure))
            so_read_unusable(call, "is no answer of Extension Mobility");
        else if (call->answer.error.code == SO_OK)
            read_failure(call, failure);
        return;
    }
    call->answer.own_words = call->reply.http_status == 200;
    bool one = call->operation->covers == 1;
    call->answer.result = so_value_new(arena, one ? SO_TABLE : SO_LIST, NULL);
    if (one)
        read_row(call, query, root, asked, call->answer.result);
    else if (asked->type == SO_STRING)
        read_row(call, query, root, asked, so_value_add(arena, call->answer.result, SO_TABLE, NULL));
    for (const struct so_value *name = asked->first; name; name = name->next)
        read_row(call, query, root, name, so_value_add(arena, call->answer.result, SO_TABLE, NULL));
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
    [OPTION_IGNORE_MEMBERS] = {.name = "ignore_members", .type = SO_LIST, .place = SO_PLACE_XML,
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
     .list = true, .mark = SO_DOCUMENTED},
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
