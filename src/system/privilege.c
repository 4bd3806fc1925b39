/* privilege: libcap-ng and prctl: from root, or from file capabilities, to next to nothing. */
#include "system/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct privilege_row {
    unsigned privilege;
    unsigned capability;
    const char *name, *what; /* as setcap spells it; for a person */
} privilege_rows[] = {
    { PRIVILEGE_CAPTURE, CAP_NET_RAW, "cap_net_raw", "capturing on an interface" },
    { PRIVILEGE_KERNEL, CAP_NET_ADMIN, "cap_net_admin", "reading the kernel's SAs" },
    { PRIVILEGE_SEND, CAP_NET_RAW, "cap_net_raw", "sending packets of one's own making" },
};
enum { PRIVILEGE_ROWS = sizeof privilege_rows / sizeof privilege_rows[0] };

unsigned privilege_missing(unsigned needs)
{
    unsigned missing = 0;
    capng_get_caps_process();
    for (unsigned i = 0; i < PRIVILEGE_ROWS; i++)
        if ((needs & privilege_rows[i].privilege) && !capng_have_capability(CAPNG_EFFECTIVE, privilege_rows[i].capability))
            missing |= privilege_rows[i].privilege;
    return missing;
}

/* Where this program stands, quoted for a shell. A process with file capabilities may not always ask. */
static void privilege_program(struct text *text)
{
    char path[512];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || (size_t)length == sizeof path || memchr(path, '\'', (size_t)length) != NULL) {
        text_put(text, "\"$(command -v esplain)\"");
        return;
    }
    bool plain = true;
    for (ssize_t i = 0; i < length && plain; i++)
        plain = path[i] > ' ' && path[i] < 127 && strchr("\"\\$`&|;<>()*?[]{}~#!", path[i]) == NULL;
    text_put(text, plain ? "" : "'");
    text_escaped(text, path, (size_t)length);
    text_put(text, plain ? "" : "'");
}

void privilege_hint(unsigned needs, struct text *text)
{
    unsigned missing = privilege_missing(needs);
    if (missing == 0)
        return;
    const char *between = "";
    for (unsigned i = 0; i < PRIVILEGE_ROWS; i++)
        if (missing & privilege_rows[i].privilege) {
            text_printf(text, "%s%s wants %s", between, privilege_rows[i].what, privilege_rows[i].name);
            between = " and ";
        }
    text_put(text, ": run it as root, or give the program what it needs, once: sudo setcap ");
    between = "";
    for (unsigned i = 0; i < PRIVILEGE_ROWS; i++)
        if (needs & privilege_rows[i].privilege) {
            text_printf(text, "%s%s", between, privilege_rows[i].name);
            between = ",";
        }
    text_put(text, "+ep ");
    privilege_program(text);
}

static const struct passwd *privilege_user(const char *name, struct error *error)
{
    static const char *const defaults[] = { "esplain", "nobody" };
    const struct passwd *user = NULL;
    if (name != NULL) {
        if ((user = getpwnam(name)) == NULL) {
            struct text shown = { 0 };
            text_escaped(&shown, name, strlen(name));
            error_set(error, "--user %s: there is no such user", shown.chars ? shown.chars : "");
            text_free(&shown);
        }
        return user;
    }
    for (unsigned i = 0; i < 2 && user == NULL; i++)
        user = getpwnam(defaults[i]);
    if (user == NULL)
        error_set(error, "neither user esplain nor nobody exists, to go on as: --user NAME names one");
    return user;
}

/* The sets to be, in libcap-ng's hands until they are applied. */
static void privilege_choose(unsigned keep)
{
    capng_clear(CAPNG_SELECT_ALL);
    for (unsigned i = 0; i < PRIVILEGE_ROWS; i++)
        if (keep & privilege_rows[i].privilege)
            capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, privilege_rows[i].capability, -1);
}

/* What a kernel or a library may have left out silently is looked at: nothing is believed. */
static bool privilege_verify(unsigned keep, uid_t uid, gid_t gid, struct error *error)
{
    uid_t real, effective, saved;
    gid_t groups[3];
    if (getresuid(&real, &effective, &saved) != 0 || real != uid || effective != uid || saved != uid ||
        getresgid(&groups[0], &groups[1], &groups[2]) != 0 || groups[0] != gid || groups[1] != gid || groups[2] != gid)
        return error_set(error, "privileges could not be given up: user and group are not what they should be");
    if (uid != 0 && setuid(0) == 0)
        return error_set(error, "privileges could not be given up: root can be had again");
    capng_get_caps_process();
    for (unsigned capability = 0; capability <= CAP_LAST_CAP; capability++) {
        bool kept = false;
        for (unsigned i = 0; i < PRIVILEGE_ROWS; i++)
            kept |= (keep & privilege_rows[i].privilege) && privilege_rows[i].capability == capability;
        if (!kept && (capng_have_capability(CAPNG_PERMITTED, capability) || capng_have_capability(CAPNG_INHERITABLE, capability)))
            return error_set(error, "privileges could not be given up: capability %s is still there",
                             capng_capability_to_name(capability));
    }
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_DUMPABLE) != 0)
        return error_set(error, "privileges could not be given up: no_new_privs or dumpable is not set");
    return true;
}

/* Root becomes the user, *uid and *gid; anybody else only empties the sets. The bounding set can be emptied by those who have CAP_SETPCAP. */
static bool privilege_change(const struct privilege_drop *drop, unsigned keep, uid_t *uid, gid_t *gid, struct text *done,
                             struct error *error)
{
    capng_get_caps_process();
    bool bounding = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
    *uid = getuid();
    *gid = getgid();
    if (geteuid() != 0) {
        if (drop->user != NULL)
            return error_set(error, "--user: only root can become another user");
        privilege_choose(keep);
        if (capng_apply(bounding ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT) != 0)
            return error_set(error, "capabilities could not be given up: %s", strerror(errno));
        text_printf(done, "user %u", (unsigned)*uid);
        return true;
    }
    const struct passwd *user = privilege_user(drop->user, error);
    if (user == NULL)
        return false;
    *uid = user->pw_uid;
    *gid = user->pw_gid;
    text_put(done, "user ");
    text_escaped(done, user->pw_name, strlen(user->pw_name));
    privilege_choose(keep);
    int answer = capng_change_id((int)*uid, (int)*gid, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_AMBIENT | (bounding ? CAPNG_CLEAR_BOUNDING : 0));
    if (answer != 0)
        return error_set(error, "going on as user %u failed at step %d of capng_change_id: %s", (unsigned)*uid, -answer, strerror(errno));
    return true;
}

bool privilege_drop(const struct privilege_drop *drop, struct text *done, struct error *error)
{
    const struct rlimit none = { 0, 0 };
    unsigned keep = drop->keep & ~privilege_missing(drop->keep);
    uid_t uid;
    gid_t gid;
    if (!privilege_change(drop, keep, &uid, &gid, done, error))
        return false;
    /* After the change: a process that changes its user becomes dumpable again. */
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(error, "no_new_privs, dumpable or the limit on core files could not be set: %s", strerror(errno));
    if (!privilege_verify(keep, uid, gid, error))
        return false;
    const char *between = ", keeps ";
    for (unsigned i = 0; i < PRIVILEGE_ROWS; i++)
        if (keep & privilege_rows[i].privilege) {
            text_printf(done, "%s%s", between, privilege_rows[i].name);
            between = " and ";
        }
    text_put(done, keep ? "" : ", no capabilities");
    return true;
}
