# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
import html.parser, math, os, re, tempfile, unittest, xml.etree.ElementTree

import samples
from lib import page, plots, quote, style, svg, tables


def full():
    rows = [samples.launch("<b>&evil", peer=(6.0,) * 6, assist=(9.0,) * 6), samples.build((10.0,) * 6)]
    rows += [samples.cycle(f"{n} processes, 10 programs; by processes", n, ours=[n / 100] * 5, peer=[n / 10] * 5) for n in (10, 100, 1000)]
    return samples.result(*rows, samples.cycle("1000 processes, 1000 programs", None, ours=[2.0] * 5, peer=[20.0] * 5))


class Balance(html.parser.HTMLParser):
    EMPTY = {"meta", "rect", "line", "circle"}

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.names = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.EMPTY and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)


class Pages(unittest.TestCase):
    def test_it_is_whole_and_asks_nobody(self):
        found = page.of_result(full())
        parser = Balance()
        parser.feed(found)
        self.assertEqual((parser.open, parser.wrong), ([], []))
        self.assertFalse(parser.names & {"script", "img", "link", "iframe"})
        self.assertIn("default-src 'none'", found)
        self.assertNotRegex(found, r"(?i)https?://|url\(|@import")

    def test_names_are_escaped(self):
        found = page.of_result(full())
        self.assertNotIn("<b>&evil", found)
        self.assertNotIn("<fast>", found)
        self.assertIn("&lt;b&gt;&amp;evil", found)

    def test_an_empty_result_has_a_page(self):
        self.assertIn("</html>", page.of_result(samples.result()))

    def test_nothing_is_drawn_outside(self):
        values = [math.nan, math.inf, -1.0, 0.0, 1e300]
        bars = svg.bars([("case", [svg.Bar("ours", value, value, value, "x", "y") for value in values])], "label", [])
        for share in re.findall(r'(?:x|width)="([^"]*)%"', bars.body):
            self.assertTrue(0 <= float(share) <= 100, bars.body)

    def test_the_longer_bar_is_the_greater_value(self):
        bars = svg.bars([("case", [svg.Bar("ours", 1, 1, 1, "", ""), svg.Bar("peer", 4, 4, 4, "", "")])], "", [])
        short, long = (float(width) for width in re.findall(r'width="([\d.]+)%"', bars.body))
        self.assertAlmostEqual(long / short, 4, places=1)

    def test_a_power_law_is_a_straight_line(self):
        drawn = svg.curves([svg.Series("ours", "a", [(10, 10), (100, 100), (1000, 1000)])], "", "ms", "n")
        places = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)%" cy="([\d.]+)"', drawn.body)]
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(places, places[1:])]
        self.assertAlmostEqual(steps[0][0], steps[1][0], places=1)
        self.assertAlmostEqual(steps[0][1], steps[1][1], places=1)

    def test_plots_by_themselves_are_xml(self):
        for plot in plots.of_result(full()):
            xml.etree.ElementTree.fromstring(svg.alone(plot.drawing, style.ALONE))


class Tables(unittest.TestCase):
    def test_a_launch_has_seconds_and_residual(self):
        text = tables.of_part(samples.result(samples.launch()), "launch")
        self.assertIn("| editor | 10 | 2 (0.11) | 1 |", text)
        self.assertIn("| mean residual | 1 | 0.11 | 0 |", text)

    def test_a_target_that_is_missed_is_said(self):
        self.assertIn("**no**", tables.of_targets(samples.result(samples.launch(ours=(9.0,) * 6))))

    def test_numbers_as_people_write_them(self):
        self.assertEqual([tables.number(v) for v in (0, 0.0123, 0.456, 7.891, 12.34, 1234.5, math.nan)], ["0", "0.012", "0.46", "7.89", "12.3", "1234", "-"])


class Documents(unittest.TestCase):
    def checkout(self, folder):
        os.mkdir(folder + "/doc")
        for name in quote.DOCUMENTS:
            with open(f"{folder}/{name}", "w") as f:
                f.write(f"before\n{quote.BEGIN}\nstale\n{quote.END}\nafter\n")

    def test_written_documents_do_not_differ_and_others_do(self):
        with tempfile.TemporaryDirectory() as folder:
            self.checkout(folder)
            wanted = quote.documents(full(), folder)
            self.assertTrue(quote.differences(wanted, folder))
            quote.write(wanted, folder)
            self.assertEqual(quote.differences(quote.documents(full(), folder), folder), [])
            text = quote.read(folder + "/README")
            self.assertTrue(text.startswith("before\n") and text.endswith("after\n") and "stale" not in text)
            with open(folder + "/README", "w") as f:
                f.write(text.replace("0.11", "0.01"))
            self.assertRegex(quote.differences(quote.documents(full(), folder), folder)[0], r"^README:\d+: differs")

    def test_a_plot_of_an_earlier_result_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            self.checkout(folder)
            quote.write(quote.documents(full(), folder), folder)
            with open(folder + "/doc/benchmark-launch-hdd.svg", "w") as f:
                f.write("<svg/>")
            self.assertEqual(len(quote.differences(quote.documents(full(), folder), folder)), 1)

    def test_what_was_published_is_not_blank(self):
        with tempfile.TemporaryDirectory() as folder:
            self.checkout(folder)
            self.assertFalse(quote.is_blank(folder))
            with open(folder + "/doc/BENCHMARKS.md", "w") as f:
                f.write(f"{quote.BEGIN}\n{quote.END}\n")
            self.assertTrue(quote.is_blank(folder))
            quote.write(quote.documents(full(), folder), folder)
            self.assertFalse(quote.is_blank(folder))

    def test_no_place_is_an_error(self):
        with self.assertRaises(quote.NoPlace):
            quote.into("no block here", "text")
