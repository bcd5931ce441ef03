"""Inclusive times against what a fixture says of itself, in units of work for a round: within two points of all."""
POINTS = 0.02


class Tree:
    def __init__(self, checks, profile, file_name, units):
        self.checks = checks
        self.profile = profile
        self.file_name = file_name
        self.units = units  # of a whole round

    def near(self, what, time_ns, units):
        share, truth = time_ns / self.profile.meta["sampled_ns"], units / self.units
        self.checks.check(abs(share - truth) <= POINTS, f"{what}: {share:.2%}, by truth {truth:.2%}")

    def function(self, name, inclusive, own=None):
        """Time with all that it calls, and its own with what is inlined there."""
        self.near(f"{name}() inclusive", sum(f["cumtime_ns"] for f in self.profile.named(name)), inclusive)
        if own is not None:
            self.near(f"{name}() by itself", self.profile.total_ns(name), own)

    def call(self, caller, callee, units):
        found = [c["time_ns"] for f in self.profile.named(callee) for c in f["callers"]
                 if c["name"].split("(")[0] == caller]
        self.near(f"{callee}() called by {caller}()", sum(found), units)

    def line(self, number, self_units=0, inlined=0, called=0):
        for column, units in (("self_ns", self_units), ("inlined_ns", inlined), ("called_ns", called)):
            self.near(f"line {number} {column}", self.profile.lines(self.file_name, number, column), units)
