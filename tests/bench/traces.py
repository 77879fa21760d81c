#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The preload authors
"""A made-up user: a trace for preload --replay, out of a seed.

  tests/bench/traces.py SEED >trace          a user with habits, months of a life
  tests/bench/traces.py SEED PROGRAMS LAUNCHES >trace     of that size: the same, busier

Each launch has one of the reasons that people have: it follows what came before, it is the time of the day for
it, another program that runs calls for it, it is due again, it is what is worked on these weeks, it is simply
used much, or there is none. How much each counts differs from user to user, over more than a decade; some
have no habit of a kind at all. Nothing here knows the experts of src/predict, and no number is fitted to a trace.
"""
import heapq, itertools, math, random, sys

REASONS = ("follow", "daytime", "company", "due", "project", "popular", "chance")
MONDAY_SEC = 1_700_438_400  # 2023-11-20 00:00 UTC
DAY_SEC = 86400


class Program:
    def __init__(self, rng, number, weight):
        self.path = f"/usr/bin/program-{number}"
        self.weight = weight  # popularity
        self.trend = rng.gauss(0, 0.02)  # of its logarithm, a day
        self.length_sec = math.exp(rng.gauss(math.log(rng.choice((5, 60, 600, 3600))), 1))
        self.hour = rng.choice((9, 11, 14, 17, 20, 22)) + rng.gauss(0, 1)
        self.width_hours = rng.uniform(0.4, 4)
        self.days = rng.choice((range(7), range(7), range(5), range(5), (5, 6)))
        self.due_sec = math.exp(rng.uniform(math.log(600), math.log(2 * DAY_SEC)))
        self.free_sec = 0  # when it ended last
        self.runs_until = None

    def popularity(self, day):
        return self.weight

    def daytime(self, quarter):
        day, hour = quarter // 96, quarter % 96 / 4
        if day % 7 not in self.days:
            return 0
        return self.weight ** 0.5 * math.exp(-((hour - self.hour) / self.width_hours) ** 2 / 2)


class User:
    def __init__(self, seed, programs=None, launches=None):
        rng = self.rng = random.Random(seed)
        count = programs or int(math.exp(rng.uniform(math.log(15), math.log(150))))
        exponent = rng.uniform(0.7, 1.7)
        self.programs = [Program(rng, n, (n + 1) ** -exponent) for n in range(count)]
        self.reasons = {reason: math.exp(rng.gauss(0, 1.2)) for reason in REASONS}
        self.reasons["chance"] *= 0.4
        for reason in rng.sample(REASONS[:5], rng.randint(0, 2)):
            self.reasons[reason] = 0
        self.a_day = launches / 200 if launches else math.exp(rng.uniform(math.log(10), math.log(90)))
        self.days = rng.randint(40, 200) if not launches else 10**9
        self.launches = launches or 10**9
        self.burst = rng.uniform(0.2, 0.8)  # of launches, those that follow at once
        self.boots = rng.choice((0.3, 1, 1, 2, 4))  # a day
        self.weekend = rng.choice((0, 0.3, 1, 1.5))  # as busy as a day of work
        self.start_hour = rng.gauss(9, 1.5)
        self.late_hour = self.start_hour + rng.uniform(6, 14)
        self.novelty = rng.choice((0, 0.01, 0.03)) / max(1, self.a_day / 30)
        self.order = rng.choice((1, 1, 2))
        self.steady = rng.uniform(0.6, 0.98)  # of what is begun by habit, is done
        self.project_days = rng.choice((3, 10, 30))
        self.next_of, self.company_of, self.project = {}, {}, []
        self.recent, self.last_sec, self.running, self.out = [], 0, [], []
        self.made, self.today, self.sums, self.used = 0, 0, {}, []
        self.starts = self.some(rng.randint(0, 7))

    def some(self, n):
        weights = [program.weight ** 0.7 for program in self.programs]
        return self.rng.choices(self.programs, weights, k=n)

    def by_weight(self, when, weigh):
        """The sums hold for an hour, or a day: thousands of programs are not weighed for each launch."""
        if self.sums.get(weigh, (None,))[0] != (when, len(self.programs)):
            sums = list(itertools.accumulate(weigh(program, when) for program in self.programs))
            self.sums[weigh] = (when, len(self.programs)), sums
        sums = self.sums[weigh][1]
        if sums[-1] <= 0:
            return self.rng.choice(self.programs)
        return self.rng.choices(self.programs, cum_weights=sums)[0]

    def follower(self):
        context = tuple(program.path for program in self.recent[-self.order:])
        if context not in self.next_of:
            self.next_of[context] = (self.some(3), [1, self.rng.random(), self.rng.random() / 2])
        programs, weights = self.next_of[context]
        return self.rng.choices(programs, weights)[0]

    def companion(self):
        if not self.running:
            return self.popular()
        anchor = self.rng.choice(self.running)[2]
        if anchor.path not in self.company_of:
            self.company_of[anchor.path] = self.some(3)
        return self.rng.choice(self.company_of[anchor.path])

    def popular(self):
        return self.by_weight(self.today, Program.popularity)

    def due(self, sec):
        """Of those that were used in the last days, the one that is nearest to its time."""
        late = [(abs(math.log(max(1, sec - program.free_sec) / program.due_sec)), n)
                for n, program in enumerate(self.used) if program.runs_until is None]
        return self.used[min(late)[1]] if late else self.popular()

    def choose(self, sec):
        reason = self.rng.choices(list(self.reasons), list(self.reasons.values()))[0]
        if reason == "follow":
            return self.follower()
        if reason == "daytime":
            return self.by_weight(int(sec - MONDAY_SEC) // 900, Program.daytime)
        if reason == "company":
            return self.companion()
        if reason == "due":
            return self.due(sec)
        if reason == "project":
            return self.rng.choice(self.project)
        if reason == "popular":
            return self.popular()
        return self.rng.choice(self.programs)

    def emit(self, sec, what, program):
        self.out.append(f"{int(sec)}\t{what}\t{program.path if program else '-'}\n")

    def end_until(self, sec):
        while self.running and self.running[0][0] <= sec:
            end_sec, _, program = heapq.heappop(self.running)
            if program.runs_until == end_sec:
                self.emit(end_sec, "exit", program)
                program.runs_until, program.free_sec = None, end_sec

    def launch(self, sec, program):
        self.end_until(sec)
        self.recent = self.recent[-3:] + [program]
        if program.runs_until is not None:
            return  # a window more: no launch
        self.emit(sec, "exec", program)
        self.made += 1
        if program not in self.used:
            self.used = self.used[-30:] + [program]
        program.runs_until = sec + max(1, program.length_sec * math.exp(self.rng.gauss(0, 0.7)))
        heapq.heappush(self.running, (program.runs_until, self.made, program))

    def boot(self, sec):
        self.end_until(sec)
        for _, _, program in self.running:
            if program.runs_until is not None:
                program.runs_until, program.free_sec = None, sec
        self.running.clear()
        self.emit(sec, "boot", None)
        for program in self.starts:
            sec += 1 + self.rng.expovariate(1 / 6)
            if self.rng.random() < self.steady:
                self.launch(sec, program)
        return sec

    def drift(self, day):
        self.today = day
        for program in self.programs:
            program.weight *= math.exp(program.trend + self.rng.gauss(0, 0.03))
        top = max(program.weight for program in self.programs)
        for program in self.programs:
            program.weight /= top
        if day % self.project_days == 0:
            self.project = self.some(self.rng.randint(2, 5))
        if self.rng.random() < 0.02:  # a habit changes
            for table in (self.next_of, self.company_of):
                for key in [key for key in table if self.rng.random() < 0.2]:
                    del table[key]
        if self.rng.random() < 0.01:
            self.starts = self.some(self.rng.randint(0, 7))

    def new_program(self):
        self.programs.append(Program(self.rng, len(self.programs), self.rng.random() ** 3))

    def live_day(self, day):
        rng = self.rng
        midnight = MONDAY_SEC + day * DAY_SEC
        begin = midnight + (self.start_hour + rng.gauss(0, 0.7)) * 3600
        end = midnight + (self.late_hour + rng.gauss(0, 1)) * 3600
        busy = (self.weekend if day % 7 >= 5 else 1) * math.exp(rng.gauss(0, 0.4))
        count = int(self.a_day * busy)
        boots = int(self.boots + rng.random())
        calm_sec = max(30, (end - begin) / max(1, count * (1 - self.burst)))
        at_boot = set(rng.sample(range(max(1, count)), min(max(1, count), boots)) if boots else ())
        sec = max(begin, self.last_sec + 60)
        for n in range(count):
            gap = rng.expovariate(1 / 8) if rng.random() < self.burst else rng.expovariate(1 / calm_sec)
            sec += 1 + gap
            if n in at_boot:
                sec = self.boot(sec)
            if rng.random() < self.novelty:
                self.new_program()
            self.launch(sec, self.choose(sec))
        self.last_sec = sec

    def live(self):
        day = 0
        while day < self.days and self.made < self.launches:
            self.drift(day)
            self.live_day(day)
            day += 1
            yield from self.out
            self.out.clear()


def main():
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    sys.stdout.writelines(User(*map(int, sys.argv[1:])).live())


if __name__ == "__main__":
    main()
