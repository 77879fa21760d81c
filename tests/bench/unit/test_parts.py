# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
import configparser, os, tempfile, unittest

import day
from lib import cgroup, daemon, disk, results
from lib.run import rotate


class Groups(unittest.TestCase):
    def tree(self, folder, *files):
        for name, text in files:
            os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
            with open(f"{folder}/{name}", "w") as f:
                f.write(text)

    def test_version_1(self):
        with tempfile.TemporaryDirectory() as folder:
            self.tree(folder, ("blkio/tasks", ""), ("unified/cgroup.controllers", "io"), ("unified/cgroup.subtree_control", ""))
            self.assertEqual(cgroup.find("io", "blkio", folder), (1, folder + "/blkio"))

    def test_version_2_is_asked_for_the_controller(self):
        with tempfile.TemporaryDirectory() as folder:
            self.tree(folder, ("cgroup.controllers", "cpu io memory"), ("cgroup.subtree_control", "cpu"))
            self.assertEqual(cgroup.find("io", "blkio", folder), (2, folder))
            self.assertEqual(cgroup.read(folder + "/cgroup.subtree_control"), "+io")

    def test_a_controller_beside_others_of_version_1(self):
        with tempfile.TemporaryDirectory() as folder:
            self.tree(folder, ("cpu/tasks", ""), ("unified/cgroup.controllers", "io"), ("unified/cgroup.subtree_control", "io"))
            self.assertEqual(cgroup.find("io", "blkio", folder), (2, folder + "/unified"))

    def test_none(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(cgroup.Unavailable):
            cgroup.find("io", "blkio", folder)


class Parts(unittest.TestCase):
    def test_a_day_is_the_same_for_all_and_ends_with_what_was_seen(self):
        names = ["a", "b", "c", "d"]
        self.assertEqual(day.order(names), day.order(names))
        self.assertEqual(len(day.order(names)), day.LAUNCHES)
        self.assertIn(day.order(names)[-1], day.order(names)[:-1])

    def test_each_begins_as_often(self):
        self.assertEqual([rotate(["a", "b", "c"], turn)[0] for turn in range(4)], ["a", "b", "c", "a"])
        self.assertEqual(rotate([], 1), [])

    def test_settings_go_where_they_belong(self):
        parsed = configparser.ConfigParser()
        parsed.read_string(daemon.configuration(cycle=60, seed="false", sessionwindow=180))
        self.assertEqual((parsed["model"]["cycle"], parsed["system"]["seed"], parsed["system"]["sessionwindow"]), ("60", "false", "180"))
        self.assertEqual(parsed["model"]["minsize"], "2000000")

    def test_the_disk_below_root_is_found(self):
        try:
            number, path = disk.root_disk()
        except OSError:
            self.skipTest("no disk below /")
        self.assertRegex(number, r"^\d+:\d+$")
        self.assertFalse(os.path.exists(path + "/partition"))

    def test_who_is_shown_in_what_order(self):
        row = results.row("p", "c", "w", "s", {"other": [1], "warm": [1], "ours": [1], "nothing": [1]})
        self.assertEqual(results.names_of([row]), ["nothing", "ours", "warm", "other"])
