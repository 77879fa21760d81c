/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "elf-image.h"
#include "format-case.h"

/* The line of a program header in what readelf -lW says: offset and size in the file. */
static void asked(const char *said, const char *type, const char *flags, uint64_t ret[2])
{
    g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char name[32];
        unsigned long offset = 0;
        unsigned long size = 0;
        if (sscanf(*line, "%31s 0x%lx 0x%*x 0x%*x 0x%lx", name, &offset, &size) == 3 &&
            strcmp(name, type) == 0 && strstr(*line, flags) != NULL) {
            ret[0] = offset;
            ret[1] = size;
            return;
        }
    }
    ck_abort_msg("no %s %s in: %s", type, flags, said);
}

START_TEST(as_readelf_says)
{
    case_need("readelf");
    uint64_t place[2];
    g_autoptr(Anatomy) anatomy = case_analyze_file("elf", "/proc/self/exe");
    g_autofree char *command = g_strdup_printf("readelf -lW /proc/%d/exe", getpid());
    g_autofree char *said = case_shell("/", command);
    asked(said, "INTERP", "R", place);
    case_check(anatomy, "interpreter", place[0], place[1]);
    asked(said, "DYNAMIC", "RW", place);
    case_check(anatomy, "dynamic section", place[0], place[1]);
    asked(said, "LOAD", "RW ", place);
    case_check(anatomy, "data", place[0], place[1]);
    asked(said, "LOAD", "R E", place);
    ck_assert_uint_eq(case_sum(anatomy, "code from the entry on") + case_sum(anatomy, "code"),
                      place[1]);
    asked(said, "GNU_EH_FRAME", "R", place);
    ck_assert_uint_eq(case_segment(anatomy, "unwinding")->offset_bytes, place[0]);
    ck_assert(!anatomy->clipped);
}
END_TEST

/* readelf -h says it at greater length. */
START_TEST(machine_and_type_as_readelf_says)
{
    static const struct {
        const char *said;
        const char *name;
    } machines[] = {{"X86-64", "x86-64"}, {"AArch64", "AArch64"},     {"RISC-V", "RISC-V"},
                    {"80386", "x86"},     {"PowerPC64", "PowerPC64"}, {"S/390", "S/390"}};
    case_need("readelf");
    g_autoptr(Anatomy) anatomy = case_analyze_file("elf", "/proc/self/exe");
    g_autofree char *command = g_strdup_printf("readelf -hW /proc/%d/exe", getpid());
    g_autofree char *said = case_shell("/", command);
    for (gsize i = 0; i < G_N_ELEMENTS(machines); i++)
        if (strstr(strstr(said, "Machine:"), machines[i].said) != NULL)
            ck_assert_str_eq(case_fact(anatomy, "machine"), machines[i].name);
    bool dynamic = strstr(said, "DYN (") != NULL;
    ck_assert_str_eq(case_fact(anatomy, "type"), dynamic ? "shared object" : "program");
}
END_TEST

START_TEST(a_number_that_has_no_name)
{
    const ElfImage image = {"/lib64/ld.so", NULL, NULL, {"libc.so.6"}, 500, 0};
    g_autoptr(GString) bytes = elf_image(&image);
    memset(bytes->str + offsetof(Elf64_Ehdr, e_type), 0xfe, 2);
    memset(bytes->str + offsetof(Elf64_Ehdr, e_machine), 0xfd, 2);
    g_autoptr(Anatomy) anatomy = case_analyze("elf", "program", bytes);
    ck_assert_str_eq(case_fact(anatomy, "type"), "65278");
    ck_assert_str_eq(case_fact(anatomy, "machine"), "65021");
}
END_TEST

/* A section in what readelf -SW says. */
static bool asked_section(const char *said, const char *name, uint64_t ret[2])
{
    const char *at = strstr(said, name);
    unsigned long address = 0;
    return at != NULL &&
           sscanf(at + strlen(name), "%*s %lx %lx %lx", &address, &ret[0], &ret[1]) == 3;
}

START_TEST(tables_and_debug_information)
{
    case_need("readelf");
    uint64_t symbols[2];
    uint64_t place[2];
    g_autoptr(Anatomy) anatomy = case_analyze_file("elf", "/proc/self/exe");
    g_autofree char *command = g_strdup_printf("readelf -SW /proc/%d/exe", getpid());
    g_autofree char *said = case_shell("/", command);
    const Segment *tables = case_segment(anatomy, "symbols and relocations");
    ck_assert(asked_section(said, " .dynsym ", symbols));
    ck_assert_uint_le(tables->offset_bytes, symbols[0]);
    ck_assert_uint_ge(tables->offset_bytes + tables->length_bytes, symbols[0] + symbols[1]);
    const Segment *unused = case_find(anatomy, "symbols for debuggers");
    if (asked_section(said, " .symtab ", place)) {
        ck_assert_ptr_nonnull(unused);
        ck_assert_uint_le(unused->offset_bytes, place[0]);
        ck_assert_int_eq(unused->kind, SEGMENT_UNUSED);
    }
}
END_TEST

START_TEST(in_the_loader_s_order)
{
    static const char *const order[] = {
        "header",   "interpreter", "symbols and relocations", "data", "code from the entry on",
        "constants"};
    g_autoptr(Anatomy) anatomy = case_analyze_file("elf", "/proc/self/exe");
    for (gsize i = 1; i < G_N_ELEMENTS(order); i++)
        ck_assert_uint_le(case_segment(anatomy, order[i - 1])->priority,
                          case_segment(anatomy, order[i])->priority);
    ck_assert_str_ne(case_fact(anatomy, "needed"), "");
}
END_TEST

START_TEST(damaged_anywhere)
{
    const ElfImage image = {"/lib64/ld.so", NULL, NULL, {"libc.so.6"}, 500, 0};
    g_autoptr(GString) bytes = elf_image(&image);
    g_autoptr(Anatomy) anatomy = case_analyze("elf", "program", bytes);
    ck_assert_str_eq(case_fact(anatomy, "needed"), "libc.so.6");
    case_damage("elf", "program", bytes);
}
END_TEST

START_TEST(a_part_outside)
{
    const ElfImage image = {"/lib64/ld.so", NULL, NULL, {"libc.so.6"}, 500, 0};
    g_autoptr(GString) bytes = elf_image(&image);
    g_string_truncate(bytes, bytes->len - 100);
    g_autoptr(Anatomy) anatomy = case_analyze("elf", "program", bytes);
    ck_assert(anatomy->clipped);
}
END_TEST

START_TEST(too_many_headers)
{
    const ElfImage image = {"/lib64/ld.so", NULL, NULL, {"libc.so.6"}, 500, 0};
    g_autoptr(GString) bytes = elf_image(&image);
    memset(bytes->str + offsetof(Elf64_Ehdr, e_phnum), 0xff, 2);
    case_check_refused("elf", "program", bytes, "65535 program headers");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-elf");
    UNIT_ADD(s, as_readelf_says);
    UNIT_ADD(s, machine_and_type_as_readelf_says);
    UNIT_ADD(s, a_number_that_has_no_name);
    UNIT_ADD(s, tables_and_debug_information);
    UNIT_ADD(s, in_the_loader_s_order);
    UNIT_ADD(s, damaged_anywhere);
    UNIT_ADD(s, a_part_outside);
    UNIT_ADD(s, too_many_headers);
    return s;
}
