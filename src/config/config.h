/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Config: the effective configuration, immutable, and where each value came from.
 *
 * Sources, later ones win: compiled defaults; preload.conf; drop-ins preload.conf.d/NAME.conf of
 * /usr/lib/preload, /run and /etc in the order of NAME, one of /etc hiding those of the same name.
 * preload 0.6.4's file works unchanged. An unknown key or group is a warning with a suggestion; a
 * value that cannot be used is a warning, and the value below it stays. A file that is no key file
 * is an error.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    CONFIG_SORT_NONE,
    CONFIG_SORT_PATH,
    CONFIG_SORT_INODE,
    CONFIG_SORT_BLOCK,
    CONFIG_SORT_AUTO
} ConfigSort;

typedef enum { CONFIG_BATTERY_FULL, CONFIG_BATTERY_REDUCED, CONFIG_BATTERY_PAUSED } ConfigBattery;

typedef enum { CONFIG_HEAD_AUTO, CONFIG_HEAD_YES, CONFIG_HEAD_NO } ConfigHead;

typedef struct Config {
    /* [model] */
    uint32_t cycle_sec;                /* 20 */
    bool usecorrelation;               /* true */
    uint64_t minsize_bytes;            /* 2000000 */
    int memtotal_percent;              /* -10 */
    int memfree_percent;               /* 50, of what is available */
    int memcached_percent;             /* 0 */
    uint32_t minchance_percent;        /* 1 */
    uint32_t launchbase_percent;       /* 100 */
    uint32_t launchdivisor_sec;        /* 60 */
    uint32_t userfactor_percent;       /* 200 */
    uint32_t automatedfactor_percent;  /* 100 */
    uint32_t shortpenalty_percent;     /* 30 */
    uint32_t shortlived_sec;           /* 5 */
    uint32_t observationshare_percent; /* 25 */
    /* [system] */
    bool doscan;           /* true */
    bool learn;            /* true: footprints; false: what programs map only */
    bool dopredict;        /* true */
    bool assist;           /* true */
    bool seed;             /* true: a first run is prepared */
    uint32_t autosave_sec; /* 3600 */
    char **mapprefix;      /* NULL-terminated */
    char **exeprefix;
    char **fileprefix;              /* of files that are read, and directories that are listed */
    char **interpreters;            /* globs */
    char **appprefix;               /* where applications of the user are */
    char **promote;                 /* patterns */
    char **ignore;                  /* patterns */
    uint32_t maxprocs;              /* 30; keys `processes` and `threads_count` too */
    uint64_t bandwidth_bytes;       /* 0 a second: no limit; key `bandwidth_rate` is the same */
    bool yield;                     /* true: others come first at a disk */
    uint64_t mergingsize_bytes;     /* 1 MiB; key `merging_size` is the same */
    ConfigSort sortstrategy;        /* auto; 0 none, 1 path, 2 inode, 3 block */
    ConfigHead rotational;          /* auto: as each disk says */
    uint32_t maxwatches;            /* 4096 directories */
    uint32_t sessionwindow_sec;     /* 180 */
    uint32_t sessiontop;            /* 5 programs */
    uint32_t sessionmemory_percent; /* 20 */
    uint32_t sessionapart_sec;      /* 600 */
    uint32_t busypressure_percent;  /* 20 */
    uint32_t busyload_percent;      /* 100 */
    ConfigBattery onbattery;        /* reduced */
    uint32_t pinlimit_percent;      /* 5, of all memory */
    char **pinlists;                /* directories of lists of what is pinned */
    uint32_t pinshared;             /* 0 files */

    GPtrArray *warnings; /* char *: "FILE:LINE: [group] key: what; what happens" */
    GHashTable *sources; /* "group.key" -> where the value came from, as --check-config prints it */
} Config;

#define CONFIG_ERROR config_error_quark()
GQuark config_error_quark(void);
typedef enum {
    CONFIG_ERROR_READ,   /* a file that was asked for cannot be read */
    CONFIG_ERROR_SYNTAX, /* not a key file; the message has the line */
} ConfigError;

/*
 * file: the configuration file; "" for none. NULL takes the default file, which may be missing.
 * dropins: NULL-terminated directories, weakest first (config_default_dropins); NULL for none: a
 * file that was named on the command line stands alone.
 */
Config *config_load(const char *file, const char *const *dropins, GError **error);
/* As the command line has it: the file of -c, which stands alone, or with NULL the system's. */
Config *config_load_chosen(const char *conffile, GError **error);
Config *config_ref(Config *config); /* thread-safe */
void config_unref(Config *config);

extern const char *const config_default_file;
extern const char *const config_default_dropins[];

/* The effective configuration as a key file, each value with its source in a comment before it. */
char *config_print(const Config *config);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_unref)
