/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/prefix.h"
#include "config/config.h"
#include "config/keys.h"
#include "config/layer.h"
#include "unit.h"

static char *fixture(const char *name)
{
    return g_build_filename(g_getenv("srcdir"), "tests/fixtures/config", name, NULL);
}

static Config *load_text(const char *directory, const char *text)
{
    g_autofree char *path = unit_write(directory, "preload.conf", text, -1);
    g_autoptr(GError) error = NULL;
    Config *config = config_load(path, NULL, &error);
    ck_assert_msg(config != NULL, "%s", error != NULL ? error->message : "no error");
    return config;
}

static char *print_values(const Config *config)
{
    g_autofree char *text = config_print(config);
    g_autoptr(GRegex) comments = g_regex_new("^#.*\n", G_REGEX_MULTILINE, 0, NULL);
    return g_regex_replace(comments, text, -1, 0, "", 0, NULL);
}

START_TEST(defaults)
{
    g_autoptr(Config) config = config_load("", NULL, NULL);
    ck_assert_ptr_nonnull(config);
    ck_assert_uint_eq(config->warnings->len, 0);
    ck_assert_uint_eq(config->cycle_sec, 20);
    ck_assert(config->usecorrelation && config->doscan && config->dopredict);
    ck_assert(config->learn && config->assist);
    ck_assert_uint_eq(config->minsize_bytes, 2000000);
    ck_assert_int_eq(config->memtotal_percent, -10);
    ck_assert_int_eq(config->memfree_percent, 50);
    ck_assert_int_eq(config->memcached_percent, 0);
    ck_assert_uint_eq(config->autosave_sec, 3600);
    ck_assert_uint_eq(config->maxprocs, 30);
    ck_assert_int_eq(config->sortstrategy, CONFIG_SORT_AUTO);
    ck_assert_uint_eq(config->maxwatches, 4096);
    ck_assert_uint_eq(config->sessionwindow_sec, 180);
    ck_assert_uint_eq(config->sessiontop, 5);
    ck_assert_uint_eq(config->sessionmemory_percent, 20);
    ck_assert_int_eq(config->onbattery, CONFIG_BATTERY_REDUCED);
    ck_assert_str_eq(config->mapprefix[0], "/usr/");
    ck_assert_str_eq(config->exeprefix[0], "!/usr/sbin/");
    ck_assert_str_eq(config->interpreters[0], "python*");
    ck_assert_str_eq(g_hash_table_lookup(config->sources, "model.cycle"), "default");
}
END_TEST

/* given the default of fileprefix; then whether a file of that path may be recorded. */
static const struct {
    const char *path;
    bool accepted;
} fileprefix_rows[] = {
    {"/usr/share/icons/hicolor/index.theme", true},
    {"/lib64/ld-linux.so.2", true},
    {"/bin/sh", true},
    {"/etc/fonts/fonts.conf", true},
    {"/etc/shadow", false},
    {"/etc/shadow-", false},
    {"/etc/gshadow", false},
    {"/etc/ssh/ssh_config", true},
    {"/etc/ssh/ssh_host_ed25519_key", false},
    {"/etc/ssl/certs/ca-certificates.crt", true},
    {"/etc/ssl/private/server.key", false},
    {"/var/cache/fontconfig/CACHEDIR.TAG", true},
    {"/var/lib/flatpak/app/x", true},
    {"/var/log/syslog", false},
    {"/var/lib/private/x", false},
    {"/srv/x", false},
    {"/tmp/x", false},
    {"/media/ann/stick/.hidden", false},
    /* home directories, wherever they are */
    {"/home/ann/.config/x/y", true},
    {"/home/ann/.local/share/Steam/x", true},
    {"/home/ann/.local/share/flatpak/app/x", true},
    {"/home/ann/.var/app/org.x.Y/config/x", true},
    {"/home/ann/.cache/mesa_shader_cache/x", true},
    {"/var/home/ann/.config/x", true},
    {"/root/.config/x", true},
    {"/home/ann/Documents/letter.odt", false},
    {"/home/ann/Documents/.hidden", false},
    {"/home/ann/letter.odt", false},
    {"/home/ann", false},
    {"/home/ann/", false},
    {"/var/home/ann/letter.odt", false},
    {"/root/letter.odt", false},
    /* what is secret, and what has names that tell of documents */
    {"/home/ann/.ssh/id_ed25519", false},
    {"/home/ann/.gnupg/pubring.kbx", false},
    {"/home/ann/.password-store/bank.gpg", false},
    {"/home/ann/.pki/nssdb/key4.db", false},
    {"/home/ann/.local/share/keyrings/login.keyring", false},
    {"/home/ann/.local/share/kwalletd/kdewallet.kwl", false},
    {"/home/ann/.local/share/Trash/files/letter.odt", false},
    {"/home/ann/.cache/thumbnails/large/x.png", false},
    {"/home/ann/.thumbnails/normal/x.png", false},
    {"/home/ann/.mozilla/firefox/a.default/prefs.js", true},
    {"/home/ann/.mozilla/firefox/a.default/storage/default/https+++bank.example/x", false},
    {"/home/ann/.config/chromium/Default/Preferences", true},
    {"/home/ann/.config/chromium/Default/IndexedDB/https_bank.example_0.leveldb/LOCK", false},
    {"/home/ann/.thunderbird/a.default/prefs.js", true},
    {"/home/ann/.thunderbird/a.default/Mail/Local Folders/Taxes", false},
    {"/home/ann/.thunderbird/a.default/ImapMail/mail.example/INBOX.msf", false},
    {"/home/ann/.var/app/org.x.Y/data/notes.db", false},
    {"/home/ann/.var/app/org.x.Y/.mozilla/firefox/a.default/prefs.js", true},
    {"/home/ann/.var/app/org.x.Y/.mozilla/firefox/a.default/storage/default/x", false},
    {"/home/ann/.var/app/org.x.Y/config/chromium/Default/IndexedDB/https_bank.example_0/x", false},
    {"/home/ann/.var/app/org.x.Y/.thunderbird/a.default/Mail/Local Folders/Taxes", false},
    {"/var/home/ann/.ssh/id_ed25519", false},
    {"/var/home/ann/.thunderbird/a.default/Mail/x", false},
    {"/root/.ssh/id_ed25519", false},
    {"/root/.thunderbird/a.default/Mail/x", false},
};

START_TEST(fileprefix_default)
{
    g_autoptr(Config) config = config_load("", NULL, NULL);
    g_autoptr(PrefixList) list = prefix_list_new((const char *const *)config->fileprefix);
    ck_assert_msg(prefix_list_accepts(list, fileprefix_rows[_i].path) ==
                      fileprefix_rows[_i].accepted,
                  "%s", fileprefix_rows[_i].path);
}
END_TEST

static const struct {
    const char *path;
    bool program; /* accepted by exeprefix */
    bool mapped;  /* accepted by mapprefix */
} prefix_rows[] = {
    {"/usr/bin/x", true, true},
    {"/usr/sbin/x", false, true},
    {"/lib64/x.so", false, true},
    {"/var/lib/flatpak/app/x", true, true},
    {"/home/ann/.local/share/flatpak/app/x", true, true},
    {"/var/home/ann/.local/share/flatpak/runtime/x", true, true},
    {"/home/ann/b/.local/share/flatpak/x", false, false},
    {"/home/ann/.local/share/flatpak-x", false, false},
    {"/home/ann/.local/share/x", false, false},
    {"/home/ann/bin/x", false, false},
    {"/srv/x", false, false},
};

START_TEST(exeprefix_and_mapprefix_defaults)
{
    g_autoptr(Config) config = config_load("", NULL, NULL);
    g_autoptr(PrefixList) programs = prefix_list_new((const char *const *)config->exeprefix);
    g_autoptr(PrefixList) maps = prefix_list_new((const char *const *)config->mapprefix);
    const char *path = prefix_rows[_i].path;
    ck_assert_msg(prefix_list_accepts(programs, path) == prefix_rows[_i].program, "%s", path);
    ck_assert_msg(prefix_list_accepts(maps, path) == prefix_rows[_i].mapped, "%s", path);
}
END_TEST

START_TEST(file_of_0_6_4)
{
    g_autofree char *path = fixture("preload-0.6.4.conf");
    g_autoptr(Config) config = config_load(path, NULL, NULL);
    ck_assert_ptr_nonnull(config);
    ck_assert_uint_eq(config->warnings->len, 0);
    g_autofree char *values = print_values(config);
    g_autofree char *expected = g_strdup_printf(
        "\n[model]\n\ncycle = 20\n\nusecorrelation = true\n\nminsize = 2000000\n"
        "\nmemtotal = -10\n\nmemfree = 50\n\nmemcached = 0\n\nminchance = 1\n"
        "\nlaunchbase = 100\n\nlaunchdivisor = 60\n\nuserfactor = 200\n\nautomatedfactor = 100\n"
        "\nshortpenalty = 30\n\nshortlived = 5\n\nobservationshare = 25\n"
        "\n[system]\n\ndoscan = true\n\nlearn = true\n\ndopredict = true\n\nassist = true\n"
        "\nseed = true\n\nautosave = 3600\n"
        "\nmapprefix = /usr/;/lib;/var/cache/;!/;\n"
        "\nexeprefix = !/usr/sbin/;!/usr/local/sbin/;/usr/;!/;\n"
        "\nfileprefix = %s;\n"
        "\ninterpreters = python*;pypy*;perl*;ruby*;node;nodejs;java;bash;sh;dash;zsh;"
        "ksh*;mksh;fish;lua*;php*;guile*;tclsh*;wish*;mono;gjs*;Rscript;deno;bun;\n"
        "\nappprefix = /opt/;/snap/;/var/lib/flatpak/;"
        "/home/*/.local/share/flatpak/;/var/home/*/.local/share/flatpak/;!/;\n"
        "\npromote = \n\nignore = \n"
        "\nmaxprocs = 30\n\nbandwidth = 0\n\nyield = true\n\nmergingsize = 1048576\n\nsortstrategy "
        "= block\n\nrotational = auto\n\nmaxwatches = "
        "4096\n"
        "\nsessionwindow = 180\n\nsessiontop = 5\n\nsessionmemory = 20\n"
        "\nsessionapart = 600\n"
        "\nbusypressure = 20\n\nbusyload = 100\n\nonbattery = reduced\n"
        "\npinlimit = 5\n\npinlists = /etc/preload/pins.d/;\n\npinshared = 0\n",
        config_key_find("system", "fileprefix")->fallback);
    ck_assert_str_eq(values, expected);
    g_autofree char *source = g_strdup_printf("%s:159", path);
    ck_assert_str_eq(g_hash_table_lookup(config->sources, "system.maxprocs"), source);
}
END_TEST

/* given a file; then what it sets, as config_print() has it, without a warning. */
static const struct {
    const char *text;
    const char *line;
} good_rows[] = {
    {"[model]\ncycle=1\n", "\ncycle = 1\n"},
    {"[model]\ncycle = 86400\n", "\ncycle = 86400\n"},
    {"[model]\n  cycle\t=\t7 \r\n", "\ncycle = 7\n"},
    {"[model]\ncycle = +7", "\ncycle = 7\n"},
    {"[model]\ncycle = 7\n[system]\n[model]\ncycle = 8\n", "\ncycle = 8\n"},
    {"[model]\nusecorrelation = No\n", "\nusecorrelation = false\n"},
    {"[model]\nminsize = 0\n", "\nminsize = 0\n"},
    {"[model]\nmemtotal = -100\n", "\nmemtotal = -100\n"},
    {"[model]\nmemfree = 100\n", "\nmemfree = 100\n"},
    {"[model]\nmemcached = -0\n", "\nmemcached = 0\n"},
    {"[system]\ndoscan = 0\n", "\ndoscan = false\n"},
    {"[system]\ndopredict = OFF\n", "\ndopredict = false\n"},
    {"[system]\nlearn = no\n", "\nlearn = false\n"},
    {"[system]\nassist = 0\n", "\nassist = false\n"},
    {"[system]\nautosave = 2147483647\n", "\nautosave = 2147483647\n"},
    {"[system]\nprocesses = 3\n", "\nmaxprocs = 3\n"},
    {"[system]\nmaxprocs = 0\n", "\nmaxprocs = 0\n"},
    {"[system]\nmaxwatches = 0\n", "\nmaxwatches = 0\n"},
    {"[system]\nsortstrategy = 0\n", "\nsortstrategy = none\n"},
    {"[system]\nsortstrategy = 1\n", "\nsortstrategy = path\n"},
    {"[system]\nsortstrategy = 2\n", "\nsortstrategy = inode\n"},
    {"[system]\nsortstrategy = 3\n", "\nsortstrategy = block\n"},
    {"[system]\nsortstrategy = Auto\n", "\nsortstrategy = auto\n"},
    {"[system]\nrotational = no\n", "\nrotational = no\n"},
    {"[system]\nrotational = 1\n", "\nrotational = yes\n"},
    {"[system]\nrotational = Auto\n", "\nrotational = auto\n"},
    {"[system]\nthreads_count = 3\n", "\nmaxprocs = 3\n"},
    {"[system]\nbandwidth_rate = 4\n", "\nbandwidth = 4\n"},
    {"[system]\nmerging_size = 5\n", "\nmergingsize = 5\n"},
    {"[system]\nsessionwindow = 0\n", "\nsessionwindow = 0\n"},
    {"[system]\nsessiontop = 100\n", "\nsessiontop = 100\n"},
    {"[system]\nbusypressure = 101\n", "\nbusypressure = 101\n"},
    {"[system]\nonbattery = full\n", "\nonbattery = full\n"},
    {"[system]\nonbattery = Paused\n", "\nonbattery = paused\n"},
    {"[system]\nonbattery = reduced\n", "\nonbattery = reduced\n"},
    {"[system]\nmapprefix =\n", "\nmapprefix = \n"},
    {"[system]\nmapprefix = /a;!/b\n", "\nmapprefix = /a;!/b;\n"},
    {"[system]\nmapprefix = /a;!/b;\n", "\nmapprefix = /a;!/b;\n"},
    {"[system]\nmapprefix = /a\\;b;/c\\\\d;/e f\n", "\nmapprefix = /a\\;b;/c\\\\d;/e f;\n"},
    {"[system]\nmapprefix = /a;!\n", "\nmapprefix = /a;!/;\n"},
    {"[system]\nfileprefix =\n", "\nfileprefix = \n"},
    {"[system]\nfileprefix = !/home/*/.a;/home/*/.;!\n",
     "\nfileprefix = !/home/*/.a;/home/*/.;!/;\n"},
    {"[system]\ninterpreters = py*; lua \n", "\ninterpreters = py*;lua;\n"},
    {"[system]\ninterpreters =\n", "\ninterpreters = \n"},
    {"# caf\xe9 in Latin-1\n[model]\ncycle=9\n", "\ncycle = 9\n"},
};

START_TEST(good_values)
{
    char *directory = unit_mkdir();
    g_autoptr(Config) config = load_text(directory, good_rows[_i].text);
    g_autofree char *text = config_print(config);
    ck_assert_msg(strstr(text, good_rows[_i].line) != NULL, "no %s in %s", good_rows[_i].line,
                  text);
    if (config->warnings->len > 0)
        ck_abort_msg("%s", (const char *)config->warnings->pdata[0]);
    unit_rmdir(directory);
}
END_TEST

/* given a file; then exactly this warning (behind the path), and the value that there is. */
static const struct {
    const char *text;
    const char *warning;
    const char *line;
} warning_rows[] = {
    {"[model]\ncycle = 0\n",
     ":2: [model] cycle: \"0\" is not a whole number from 1 to 86400 (seconds); 20 is used "
     "(default)",
     "\ncycle = 20\n"},
    {"[model]\n#\n\ncycle = x\n",
     ":4: [model] cycle: \"x\" is not a whole number from 1 to 86400 (seconds); 20 is used "
     "(default)",
     "\ncycle = 20\n"},
    {"[model]\ncycle = 99999999999999999999\n",
     ":2: [model] cycle: \"99999999999999999999\" is not a whole number from 1 to 86400 (seconds); "
     "20 is used (default)",
     "\ncycle = 20\n"},
    {"[model]\ncycle = 1.5\n",
     ":2: [model] cycle: \"1.5\" is not a whole number from 1 to 86400 (seconds); 20 is used "
     "(default)",
     "\ncycle = 20\n"},
    {"[model]\ncycle =\n",
     ":2: [model] cycle: \"\" is not a whole number from 1 to 86400 (seconds); 20 is used "
     "(default)",
     "\ncycle = 20\n"},
    {"[model]\ncycle = +-3\n",
     ":2: [model] cycle: \"+-3\" is not a whole number from 1 to 86400 (seconds); 20 is used "
     "(default)",
     "\ncycle = 20\n"},
    {"[model]\ncycle = 30 # slow\n", ":2: [model] cycle: \"# slow\" behind the value is not read",
     "\ncycle = 30\n"},
    {"[model]\nminsize = -1\n",
     ":2: [model] minsize: \"-1\" is not a whole number from 0 to 1000000000000 (bytes); 2000000 "
     "is used (default)",
     "\nminsize = 2000000\n"},
    {"[model]\nmemfree = 150\n", ":2: [model] memfree: 150 is out of range; it is taken as 100",
     "\nmemfree = 100\n"},
    {"[model]\nmemtotal = -101\n",
     ":2: [model] memtotal: -101 is out of range; it is taken as -100", "\nmemtotal = -100\n"},
    {"[system]\nautosave = 0\n",
     ":2: [system] autosave: \"0\" is not a whole number from 1 to 2147483647 (seconds); 3600 "
     "is used (default)",
     "\nautosave = 3600\n"},
    {"[system]\nmaxprocs = 2000\n",
     ":2: [system] maxprocs: \"2000\" is not a whole number from 0 to 1024; 30 is used (default)",
     "\nmaxprocs = 30\n"},
    {"[system]\nprocesses = many\n",
     ":2: [system] processes: \"many\" is not a whole number from 0 to 1024; 30 is used (default)",
     "\nmaxprocs = 30\n"},
    {"[system]\nprocesses = 5\nmaxprocs = 4\n",
     ":2: [system] processes: the same as maxprocs, which this file has too; that one counts",
     "\nmaxprocs = 4\n"},
    {"[system]\nmaxprocs = 4\nprocesses = 5\n",
     ":3: [system] processes: the same as maxprocs, which this file has too; that one counts",
     "\nmaxprocs = 4\n"},
    {"[system]\ndoscan = maybe\n",
     ":2: [system] doscan: \"maybe\" is not true or false; true is used (default)",
     "\ndoscan = true\n"},
    {"[system]\nsortstrategy = 4\n",
     ":2: [system] sortstrategy: \"4\" is not none, path, inode, block or auto, nor a number from "
     "0 "
     "to 3; auto is used (default)",
     "\nsortstrategy = auto\n"},
    {"[system]\nrotational = maybe\n",
     ":2: [system] rotational: \"maybe\" is not auto, yes or no; auto is used (default)",
     "\nrotational = auto\n"},
    {"[system]\nonbattery = off\n",
     ":2: [system] onbattery: \"off\" is not full, reduced or paused; reduced is used (default)",
     "\nonbattery = reduced\n"},
    {"[system]\nsessiontop = 101\n",
     ":2: [system] sessiontop: \"101\" is not a whole number from 0 to 100 (programs); 5 is used "
     "(default)",
     "\nsessiontop = 5\n"},
    {"[system]\nmapprefix = usr;/a\n",
     ":2: [system] mapprefix: item \"usr\" is no absolute path, with or without '!' before it; it "
     "is dropped",
     "\nmapprefix = /a;\n"},
    {"[system]\nmapprefix = /a; /b\n",
     ":2: [system] mapprefix: item \" /b\" is no absolute path, with or without '!' before it; it "
     "is dropped",
     "\nmapprefix = /a;\n"},
    {"[system]\nmapprefix = /a;;/b\n",
     ":2: [system] mapprefix: item \"\" is no absolute path, with or without '!' before it; it is "
     "dropped",
     "\nmapprefix = /a;/b;\n"},
    {"[system]\nfileprefix = *.so;/a\n",
     ":2: [system] fileprefix: item \"*.so\" is no absolute path, with or without '!' before it; "
     "it "
     "is dropped",
     "\nfileprefix = /a;\n"},
    {"[system]\nlearn = 2\n",
     ":2: [system] learn: \"2\" is not true or false; true is used (default)", "\nlearn = true\n"},
    {"[system]\nassist = -\n",
     ":2: [system] assist: \"-\" is not true or false; true is used (default)",
     "\nassist = true\n"},
    {"[system]\nmapprefix = /a;/b\\nc\n",
     ":2: [system] mapprefix: item \"/b?c\" is no absolute path, with or without '!' before it; it "
     "is dropped",
     "\nmapprefix = /a;\n"},
    {"[system]\nmapprefix = /a;!/ \n",
     ":2: [system] mapprefix: item \"!/ \" ends with a blank, which is part of it",
     "\nmapprefix = /a;!/ ;\n"},
    {"[system]\nexeprefix = /a\\x\n",
     ":2: [system] exeprefix: \"/a\\x\" is not a list of absolute paths, each with or without '!' "
     "before it, separated by ';' and with '\\\\' for a backslash; "
     "!/usr/sbin/;!/usr/local/sbin/;/usr/;/opt/;/nix/store/;/gnu/store/;/snap/;/var/lib/flatpak/;"
     "/home/*/.local/share/flatpak/;/var/home/*/.local/share/flatpak/;!/; is used (default)",
     "\nexeprefix = !/usr/sbin/;"},
    {"[system]\nexeprefix = /\xff\n",
     ":2: [system] exeprefix: \"/?\" is not a list of absolute paths, each with or without '!' "
     "before it, separated by ';' and with '\\\\' for a backslash; "
     "!/usr/sbin/;!/usr/local/sbin/;/usr/;/opt/;/nix/store/;/gnu/store/;/snap/;/var/lib/flatpak/;"
     "/home/*/.local/share/flatpak/;/var/home/*/.local/share/flatpak/;!/; is used (default)",
     "\nexeprefix = !/usr/sbin/;"},
    {"[system]\ninterpreters = sh;/bin/sh\n",
     ":2: [system] interpreters: item \"/bin/sh\" is no pattern of a file name without directory; "
     "it is dropped",
     "\ninterpreters = sh;\n"},
    {"[model]\ncylce = 3\n",
     ":2: [model] \"cylce\": there is no such key; it is left out (did you mean cycle?)",
     "\ncycle = 20\n"},
    {"[model]\nCycle = 3\n",
     ":2: [model] \"Cycle\": there is no such key; it is left out (did you mean cycle?)",
     "\ncycle = 20\n"},
    {"[system]\ncycle = 3\n",
     ":2: [system] \"cycle\": there is no such key; it is left out (it belongs into [model])",
     "\ncycle = 20\n"},
    {"[model]\ncycle[de] = 3\n",
     ":2: [model] \"cycle[de]\": there is no such key; it is left out (known keys of [model]: "
     "cycle "
     "usecorrelation minsize memtotal memfree memcached minchance launchbase launchdivisor "
     "userfactor automatedfactor shortpenalty shortlived observationshare)",
     "\ncycle = 20\n"},
    {"\n[modell]\ncycle = 3\nx = 3\n",
     ":2: group \"modell\" is not known; what is in it is left out (did you mean [model]?)",
     "\ncycle = 20\n"},
    {"[Desktop Entry]\nName=x\n",
     ":1: group \"Desktop Entry\" is not known; what is in it is left out (known groups: [model] "
     "[system])",
     "\ncycle = 20\n"},
};

START_TEST(bad_values)
{
    char *directory = unit_mkdir();
    g_autoptr(Config) config = load_text(directory, warning_rows[_i].text);
    ck_assert_uint_eq(config->warnings->len, 1);
    const char *warning = config->warnings->pdata[0];
    ck_assert(g_str_has_prefix(warning, directory));
    ck_assert_str_eq(strstr(warning, "preload.conf:") + strlen("preload.conf"),
                     warning_rows[_i].warning);
    g_autofree char *text = config_print(config);
    ck_assert_ptr_nonnull(strstr(text, warning_rows[_i].line));
    unit_rmdir(directory);
}
END_TEST

/* A list of which no item can be used: each is told, and that the whole is not taken. */
START_TEST(list_without_a_good_item)
{
    char *directory = unit_mkdir();
    g_autoptr(Config) config = load_text(directory, "[system]\nmapprefix = usr;lib\n");
    ck_assert_uint_eq(config->warnings->len, 1);
    ck_assert_ptr_nonnull(strstr(config->warnings->pdata[0], "\"usr;lib\" is not a list of"));
    ck_assert_str_eq(config->mapprefix[0], "/usr/");
    unit_rmdir(directory);
}
END_TEST

/* given what is no key file; then this error. */
static const struct {
    const char *text;
    const char *message;
} syntax_rows[] = {
    {"cycle = 3\n", ":1: a key must stand below the head of its group, [model] or [system]"},
    {"[model]\ncycle = 3\nnonsense\n", ":3: this is no comment, no [group] and no key = value"},
    {"[model]\ncycle\n", ":2: this is no comment, no [group] and no key = value"},
    {"[model\n", ":1: this is no comment, no [group] and no key = value"},
    {"#\n\n[model]\n\n= 3\n[system]\n", ":5: this is no comment, no [group] and no key = value"},
};

START_TEST(syntax)
{
    char *directory = unit_mkdir();
    g_autofree char *path = unit_write(directory, "c", syntax_rows[_i].text, -1);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(config_load(path, NULL, &error));
    ck_assert(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX));
    g_autofree char *message = g_strconcat(path, syntax_rows[_i].message, NULL);
    ck_assert_str_eq(error->message, message);
    unit_rmdir(directory);
}
END_TEST

START_TEST(missing_file)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(config_load("/nonexistent/preload.conf", NULL, &error));
    ck_assert(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_READ));
    ck_assert_str_eq(error->message,
                     "cannot read /nonexistent/preload.conf: No such file or directory");
}
END_TEST

START_TEST(layers)
{
    char *directory = unit_mkdir();
    g_autofree char *file = unit_write(directory, "preload.conf",
                                       "[model]\ncycle=1\nminsize=1\n[system]\nmaxprocs=1\n", -1);
    g_autofree char *vendor = g_build_filename(directory, "vendor", NULL);
    g_autofree char *etc = g_build_filename(directory, "etc", NULL);
    g_autofree char *none = g_build_filename(directory, "none", NULL);
    g_free(unit_write(vendor, "50-a.conf", "[model]\ncycle=99\nmemfree=9\n", -1));
    g_autofree char *last = unit_write(vendor, "90-z.conf", "[model]\nminsize=9\n", -1);
    g_free(unit_write(etc, "50-a.conf", "[model]\ncycle=2\nminsize=2\n", -1));
    g_free(unit_write(etc, "60-b.conf", "[system]\nprocesses=6\n", -1));
    const char *const dropins[] = {vendor, none, etc, NULL};
    g_autoptr(Config) config = config_load(file, dropins, NULL);
    ck_assert_ptr_nonnull(config);
    ck_assert_uint_eq(config->warnings->len, 0);
    ck_assert_uint_eq(config->cycle_sec, 2);
    ck_assert_uint_eq(config->minsize_bytes, 9);
    ck_assert_int_eq(config->memfree_percent, 50);
    ck_assert_uint_eq(config->maxprocs, 6);
    g_autofree char *source = g_strdup_printf("%s:2", last);
    ck_assert_str_eq(g_hash_table_lookup(config->sources, "model.minsize"), source);
    unit_rmdir(directory);
}
END_TEST

/* What stays after a bad value is the value of the file below, and it is told whose that is. */
START_TEST(bad_value_over_a_good_one)
{
    char *directory = unit_mkdir();
    g_autofree char *file = unit_write(directory, "preload.conf", "[model]\ncycle=5\n", -1);
    g_autofree char *dropin = unit_write(directory, "d/a.conf", "[model]\ncycle=no\n", -1);
    g_autofree char *d = g_path_get_dirname(dropin);
    const char *const dropins[] = {d, NULL};
    g_autoptr(Config) config = config_load(file, dropins, NULL);
    ck_assert_uint_eq(config->cycle_sec, 5);
    ck_assert_uint_eq(config->warnings->len, 1);
    g_autofree char *expected =
        g_strdup_printf("%s:2: [model] cycle: \"no\" is not a whole number from 1 to 86400 "
                        "(seconds); 5 is used (%s:2)",
                        dropin, file);
    ck_assert_str_eq(config->warnings->pdata[0], expected);
    unit_rmdir(directory);
}
END_TEST

START_TEST(bad_dropin)
{
    char *directory = unit_mkdir();
    g_autofree char *dropin = unit_write(directory, "d/a.conf", "nonsense\n", -1);
    g_autofree char *d = g_path_get_dirname(dropin);
    const char *const dropins[] = {d, NULL};
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(config_load("", dropins, &error));
    ck_assert(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX));
    const char *const no_directory[] = {dropin, NULL};
    g_clear_error(&error);
    ck_assert_ptr_null(config_load("", no_directory, &error));
    ck_assert(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_READ));
    unit_rmdir(directory);
}
END_TEST

START_TEST(warnings_are_bounded)
{
    char *directory = unit_mkdir();
    g_autoptr(GString) text = g_string_new("[model]\n");
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(text, "k%d = 1\n", i);
    g_autoptr(Config) config = load_text(directory, text->str);
    ck_assert_uint_eq(config->warnings->len, 101);
    ck_assert_str_eq(config->warnings->pdata[100], "there is more to warn of, which is not shown");
    unit_rmdir(directory);
}
END_TEST

START_TEST(warnings_are_printable)
{
    char *directory = unit_mkdir();
    g_autoptr(Config) config =
        load_text(directory, "[model]\ncy\x1b(0cle = 1\nminsize = \x1b]0;x\x07\n[\xc2\x9b]\n");
    ck_assert_uint_ge(config->warnings->len, 2);
    for (guint i = 0; i < config->warnings->len; i++) {
        for (const char *c = config->warnings->pdata[i]; *c != '\0'; c++)
            ck_assert_msg(!g_ascii_iscntrl(*c), "%s", (char *)config->warnings->pdata[i]);
    }
    unit_rmdir(directory);
}
END_TEST

/* given a file; when what is printed for it is read; then it is the same, without a warning. */
static const char *const round_rows[] = {
    "",
    "[model]\ncycle=3\nusecorrelation=no\nminsize=5\nmemtotal=-3\nmemfree=4\nmemcached=-5\n",
    "[system]\ndoscan=0\ndopredict=0\nautosave=7\nmaxprocs=0\nsortstrategy=2\nmaxwatches=9\n",
    "[model]\nminchance=7\nlaunchbase=50\nlaunchdivisor=9\nuserfactor=300\nobservationshare=0\n",
    "[system]\nappprefix=/a/;!/\npromote=gimp;/opt/x*\nignore=steam*;/usr/bin/a\\;b\n",
    "[system]\nlearn=0\nassist=0\nfileprefix=!/home/*/.a;/home/*/.;/u\n",
    "[system]\nmapprefix=\nexeprefix=!\nfileprefix=\ninterpreters=\n",
    "[system]\nmapprefix=/a\\;b;/\\\\c;/d e;!/\\s;/#;/[x]=y\ninterpreters=#a;[bc]*;d\\;e\n",
};

START_TEST(print_and_read_again)
{
    char *directory = unit_mkdir();
    g_autoptr(Config) config = load_text(directory, round_rows[_i]);
    g_autofree char *printed = config_print(config);
    g_autofree char *values = print_values(config);
    g_autoptr(Config) again = load_text(directory, printed);
    ck_assert_uint_eq(again->warnings->len, config->warnings->len);
    g_autofree char *values_again = print_values(again);
    ck_assert_str_eq(values, values_again);
    unit_rmdir(directory);
}
END_TEST

START_TEST(print_tells_sources)
{
    char *directory = unit_mkdir();
    g_autoptr(Config) config = load_text(directory, "[model]\n\ncycle = 3\n");
    g_autofree char *printed = config_print(config);
    g_autofree char *cycle = g_strdup_printf("\n# from: %s/preload.conf:3\ncycle = 3\n", directory);
    ck_assert_ptr_nonnull(strstr(printed, cycle));
    ck_assert_ptr_nonnull(strstr(printed, "\n# from: default\nminsize = 2000000\n"));
    unit_rmdir(directory);
}
END_TEST

START_TEST(references)
{
    Config *config = config_load("", NULL, NULL);
    ck_assert_ptr_eq(config_ref(config), config);
    config_unref(config);
    ck_assert_uint_eq(config->cycle_sec, 20);
    config_unref(config);
    config_unref(NULL);
}
END_TEST

static char *read_source(const char *name)
{
    g_autofree char *path = g_build_filename(g_getenv("srcdir"), name, NULL);
    char *text = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "no %s", path);
    return text;
}

/* The file that is shipped changes nothing: even with each "#key = default" made effective. */
START_TEST(shipped_file)
{
    char *directory = unit_mkdir();
    g_autofree char *shipped = read_source("preload.conf");
    g_autoptr(GRegex) comment = g_regex_new("^#(\\w+ =)", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *effective = g_regex_replace(comment, shipped, -1, 0, "\\1", 0, NULL);
    g_autoptr(Config) as_shipped = load_text(directory, shipped);
    ck_assert_uint_eq(as_shipped->warnings->len, 0);
    g_autoptr(Config) config = load_text(directory, effective);
    ck_assert_uint_eq(config->warnings->len, 0);
    g_autoptr(Config) unconfigured = config_load("", NULL, NULL);
    g_autofree char *values = print_values(config);
    g_autofree char *default_values = print_values(unconfigured);
    ck_assert_str_eq(values, default_values);
    for (size_t i = 0; i < config_n_keys; i++) {
        g_autofree char *name = g_strconcat(config_keys[i].group, ".", config_keys[i].name, NULL);
        const char *source = g_hash_table_lookup(config->sources, name);
        ck_assert_msg(strcmp(source, "default") != 0, "no %s in preload.conf", name);
    }
    unit_rmdir(directory);
}
END_TEST

/* The page without what is only for the typesetter: "\-" is a minus, "\:" a place to break a line.
 */
static char *manual(void)
{
    GString *text = g_string_new(NULL);
    g_autofree char *page = read_source("doc/preload.conf.5");
    g_string_assign(text, page);
    g_string_replace(text, "\\-", "-", 0);
    g_string_replace(text, "\\:", "", 0);
    return g_string_free(text, FALSE);
}

START_TEST(manual_has_every_key_and_default)
{
    g_autofree char *text = manual();
    for (size_t i = 0; i < config_n_keys; i++) {
        g_autofree char *head = g_strdup_printf("\n.TP\n.B %s\n", config_keys[i].name);
        const char *entry = strstr(text, head);
        ck_assert_msg(entry != NULL, "no key %s in preload.conf.5", config_keys[i].name);
        const char *found = strstr(entry, "\nDefault:");
        g_autofree char *expected =
            config_keys[i].fallback[0] != '\0'
                ? g_strdup_printf("\nDefault:\n.I %s\n", config_keys[i].fallback)
                : g_strdup("\nDefault: none.\n");
        ck_assert_msg(found != NULL && g_str_has_prefix(found, expected), "default of %s",
                      config_keys[i].name);
    }
}
END_TEST

START_TEST(print_has_every_key)
{
    g_autoptr(Config) config = config_load("", NULL, NULL);
    g_autofree char *text = config_print(config);
    for (size_t i = 0; i < config_n_keys; i++) {
        g_autofree char *line =
            g_strdup_printf("\n%s = %s", config_keys[i].name, config_keys[i].fallback);
        ck_assert_msg(strstr(text, line) != NULL, "no %s", line);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("config");
    UNIT_ADD(suite, defaults);
    UNIT_ADD_ROWS(suite, fileprefix_default, fileprefix_rows);
    UNIT_ADD_ROWS(suite, exeprefix_and_mapprefix_defaults, prefix_rows);
    UNIT_ADD(suite, file_of_0_6_4);
    UNIT_ADD_ROWS(suite, good_values, good_rows);
    UNIT_ADD_ROWS(suite, bad_values, warning_rows);
    UNIT_ADD(suite, list_without_a_good_item);
    UNIT_ADD_ROWS(suite, syntax, syntax_rows);
    UNIT_ADD(suite, missing_file);
    UNIT_ADD(suite, layers);
    UNIT_ADD(suite, bad_value_over_a_good_one);
    UNIT_ADD(suite, bad_dropin);
    UNIT_ADD(suite, warnings_are_bounded);
    UNIT_ADD(suite, warnings_are_printable);
    UNIT_ADD_ROWS(suite, print_and_read_again, round_rows);
    UNIT_ADD(suite, print_tells_sources);
    UNIT_ADD(suite, references);
    UNIT_ADD(suite, shipped_file);
    UNIT_ADD(suite, manual_has_every_key_and_default);
    UNIT_ADD(suite, print_has_every_key);
    return suite;
}
