#!/usr/bin/env python3
"""Judges ownership graphs by JUR-02 to JUR-05, from the text of the law alone: a second opinion beside the product's.

Questions on standard input, answers on standard output, a JSON object a line; FORMAT.md says what they hold and how each
sentence is read, and its section numbers stand below. `--selftest` runs its examples and the invariances.
"""

import json
import sys
import unicodedata
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, partial

import numpy as np

UNKNOWN = "?"  # the hand of whoever is not known; every other hand is a pair
CAPITAL, VOTES = 0, 1


class Firm:
    """What is declared of one firm, by hand and in one unit, less what it holds in itself."""

    def __init__(self, listed):
        self.listed = listed
        self.lines = {}  # hand -> [capital, votes]
        self.powers = set()  # hands with a veto or an appointment, alone or by a pact
        self.pacts = []  # (hands, do they vote together)
        self.total = [0, 0]  # capital and votes of which the lines are parts
        self.rest = [0, 0]  # what nobody declared
        self.hole = False  # is anything not known here

    def held(self, hands, measure):
        return sum(self.lines[hand][measure] for hand in hands if hand in self.lines)


def plain(text):
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def find_above(deciders, hand, avoid=None):
    """All who decide over a hand through any number of firms, but not through `avoid`."""
    found, todo = set(), [hand]
    while todo:
        fresh = deciders.get(todo.pop(), frozenset()) - found - {avoid}
        found |= fresh
        todo += fresh
    return frozenset(found)


def joined(sets, hands):
    return set().union(*(sets[hand] for hand in hands if hand in sets and hand != UNKNOWN))


class Graph:
    def __init__(self, question):
        self.allowed, self.excluded = set(question["allowed"]), set(question["excluded"])
        self.described = question["firms"]
        self.root = ("firm", question["root"])
        self.name_hands()
        lines = [line for firm in self.described.values() for line in firm.get("holders", [])]
        written = [line[kind] for line in lines for kind in ("capital", "votes") if kind in line]
        self.unit = 10 ** max([0] + [-Decimal(text).as_tuple().exponent for text in written])
        self.firms = {}
        self.read_from(self.root)
        self.take_away_own_shares()
        self.ground = [self.grounded(measure) for measure in (CAPITAL, VOTES)]
        for name, firm in self.firms.items():
            firm.hole = any(firm.rest) or any(name not in ground for ground in self.ground)
        self.hands = {hand for firm in self.firms.values() for hand in firm.lines} | set(self.firms)
        self.foreign = {hand for hand in self.hands if not self.countries[hand] <= self.allowed} - {self.root}
        self.barred = {hand for hand in self.hands if self.countries[hand] & self.excluded}
        self.follow_deciders()

    # Section 2: hands.

    def name_hands(self):
        lines = [line for firm in self.described.values() for line in firm.get("holders", [])]
        self.identifiers, self.alias = defaultdict(set), {}
        for line in lines:
            if line.get("identifier"):
                self.identifiers[plain(line["name"])].add("".join(plain(line["identifier"]).split()))
        for line in lines:
            if line.get("provider") is not None:
                self.alias[self.key(line)] = ("firm", line["provider"])
        self.countries, self.kinds = defaultdict(set), defaultdict(set)
        for line in lines:
            self.countries[self.hand(line)].add(line["country"])
            self.kinds[self.hand(line)].add(line.get("kind", "Person"))
        for name, firm in self.described.items():
            self.countries["firm", name].add(firm["country"])

    def key(self, line):
        if line.get("identifier"):
            return ("identifier", "".join(plain(line["identifier"]).split()))
        name = plain(line["name"])
        known = self.identifiers.get(name, ())
        return ("identifier", next(iter(known))) if len(known) == 1 else ("name", name)

    def hand(self, line):
        if line.get("provider") is not None:
            return ("firm", line["provider"])
        return self.alias.get(self.key(line), self.key(line))

    # Sections 1, 3, 5: numbers, what is not known, what a firm holds in itself.

    def read_from(self, name):
        """Reads a firm and all those behind it; a company that nobody describes is a firm without any holder."""
        if name in self.firms or (name[0] != "firm" and not self.kinds[name] & {"Company", "ListedCompany"}):
            return
        text = self.described[name[1]] if name[0] == "firm" else {"listed": "Company" not in self.kinds[name]}
        firm = self.firms[name] = Firm(text.get("listed", False))
        holders = [self.hand(line) for line in text.get("holders", [])]
        for hand, line in zip(holders, text.get("holders", [])):
            for measure, share in enumerate((line["capital"], line.get("votes", line["capital"]))):
                firm.lines.setdefault(hand, [0, 0])[measure] += int(Decimal(share) * self.unit)
            if line.get("veto") or line.get("appoints"):
                firm.powers.add(hand)
        for pact in text.get("pacts", []):
            partners = {holders[index] for index in pact["holders"]}
            firm.pacts.append((partners, "Votes" in pact["decides"]))
            if {"Veto", "Appointment"} & set(pact["decides"]):
                firm.powers |= partners
        for hand in list(firm.lines):
            self.read_from(hand)

    def take_away_own_shares(self):
        own = {name: self.itself(name) for name in self.firms}
        for name, firm in self.firms.items():
            for measure in (CAPITAL, VOTES):
                firm.total[measure] = 100 * self.unit - firm.held(own[name], measure)
            for hand in own[name]:
                firm.lines.pop(hand, None)
            firm.powers -= own[name]
            firm.pacts = [(partners - own[name], votes) for partners, votes in firm.pacts]
            for measure in (CAPITAL, VOTES):
                if not firm.listed:
                    firm.rest[measure] = max(0, firm.total[measure] - firm.held(firm.lines, measure))
                if firm.total[measure] <= 0:  # it holds all of itself: nobody is known
                    firm.total[measure], firm.rest[measure] = 1, 0 if firm.listed else 1

    def itself(self, name):
        """A firm and the vehicles that it owns wholly; a foreign vehicle is judged as a hand of its own."""
        found = {name}

        def owned(vehicle):
            firm = self.firms[vehicle]
            parts = [(firm.held(found, m), 100 * self.unit - firm.held({vehicle}, m)) for m in (CAPITAL, VOTES)]
            return set(firm.lines) <= found | {vehicle} and all(0 < part == whole for part, whole in parts)

        home = {name for name in self.firms if self.countries[name] <= self.allowed}
        while more := {vehicle for vehicle in home - found if owned(vehicle)}:
            found |= more
        return found

    def grounded(self, measure):
        """Firms that somebody outside any ring holds, be it the float or an undeclared rest."""
        found = set()

        def held(name, firm):
            outside = (line[measure] and (hand not in self.firms or hand in found) for hand, line in firm.lines.items())
            return firm.held(firm.lines, measure) < firm.total[measure] or any(outside)

        while more := {name for name, firm in self.firms.items() if name not in found and held(name, firm)}:
            found |= more
        return found

    # Section 6: who decides.

    def follow_deciders(self):
        """Who decides adds to what they hold, and takes the presumption from others: the two are followed in turn."""
        nobody = {name: frozenset() for name in self.firms}
        turns = [nobody]
        while len(turns) < 3 or turns[-1] not in turns[-3:-1]:
            self.decided_by(turns[-1])
            rivals = {name: self.parties(name) for name in self.firms}
            now, before = nobody, None
            while now != before:
                before = now
                self.decided_by(now)
                now = {name: frozenset(self.decide(name, rivals[name])) for name in self.firms}
            turns.append(now)
        # Turns that end in two answers are rings where each presumption undoes the other: all of them decide.
        self.decided_by({name: turns[-1][name] | turns[-2][name] for name in self.firms})

    def decided_by(self, deciders):
        self.above = lru_cache(None)(partial(find_above, deciders))

    def sides(self, name):
        """For each hand, the holders of this firm that are itself or over which it decides."""
        sides = defaultdict(set)
        for holder in self.firms[name].lines:
            for hand in self.above(holder, name) | {holder}:
                sides[hand].add(holder)
        return sides

    def concerts(self, name):
        """For each pact of a firm, the partners and all who decide over one, and whether they vote together."""
        above = partial(self.above, avoid=name)
        return [(hands.union(*map(above, hands)), votes) for hands, votes in self.firms[name].pacts]

    def parties(self, name):
        """Hands, and pacts that vote together, each with the holders of its side; and the side of the unknown."""
        sides = self.sides(name)
        unknown = sides.pop(UNKNOWN, set())
        alone = [({hand}, side) for hand, side in sides.items()]
        return alone + [(hands, joined(sides, hands)) for hands, votes in self.concerts(name) if votes], unknown

    def decide(self, name, before):
        """Who decides over a firm, when the parties against whom 40 % are measured are those of `before`."""
        firm, (parties, unknown) = self.firms[name], self.parties(name)
        rivals, doubtful = [set()] + [side for _, side in before[0]], before[1]

        def passes(side, against, rest):
            """More than half, or more than 40 % of the votes and more than anybody else has apart from this side."""
            capital, votes = firm.held(side, CAPITAL), firm.held(side, VOTES)
            if 2 * capital > firm.total[CAPITAL] or 2 * votes > firm.total[VOTES]:
                return True
            if 5 * votes <= 2 * firm.total[VOTES]:
                return False
            return all(firm.held((rival | against) - side, VOTES) + rest < votes for rival in rivals)

        found = set(firm.powers)
        for hands, side in parties:
            if passes(side, doubtful, firm.rest[VOTES]):
                found |= hands
        # Whoever is not known may be new, or a hand of this firm that the rules look for; or, bound by a pact, any hand.
        sought = self.foreign | self.barred
        joining = [set()] + [side for hands, side in parties if hands & sought]
        joining += [side | other for hands, side in parties if UNKNOWN in hands for _, other in parties]
        if firm.hole or (unknown and any(passes(side | unknown, set(), 0) for side in joining)):
            found.add(UNKNOWN)
        return found

    # Sections 4 and 7: what is held.

    def counted(self, name):
        """The holders of a firm that count: in a listed one those who, with all who act with them, hold 5 %."""
        firm, sides = self.firms[name], self.sides(name)
        if not firm.listed:
            return set(firm.lines)
        sides.pop(UNKNOWN, None)
        groups = list(sides.values()) + [joined(sides, hands) for hands, _ in self.concerts(name)]
        enough = (side for side in groups if any(20 * firm.held(side, m) >= firm.total[m] for m in (CAPITAL, VOTES)))
        return set().union(*enough)

    def exceeds(self, hands, limit):
        """Do these hands hold more than the limit of the root? Floats where they suffice, else exact fractions."""
        names = list(self.firms)
        place = {name: index for index, name in enumerate(names)}
        for measure in (CAPITAL, VOTES):
            entries = []  # row, column (or None for a constant), numerator, denominator
            for name, firm in self.firms.items():
                row, total = place[name], firm.total[measure]
                if UNKNOWN in hands:
                    lost = total if name not in self.ground[measure] else firm.rest[measure]
                    entries.append((row, None, lost, total))
                    if lost == total:
                        continue
                for hand in self.count[name]:
                    if hand in hands or self.above(hand, name) & hands:
                        entries.append((row, None, firm.lines[hand][measure], total))
                    elif hand in self.firms and name in self.ground[measure]:
                        entries.append((row, place[hand], firm.lines[hand][measure], total))
            if solve(entries, len(names), place[self.root], limit) > limit:
                return True
        return False

    def groups(self):
        """The sets of foreign hands that JUR-02 takes for one hand each; and those of whoever is not known."""
        under = defaultdict(set)
        for hand in self.hands:
            for decider in self.above(hand) | {hand}:
                under[decider].add(hand)
        unknown = under.pop(UNKNOWN, set())
        bound = [hands for name in self.firms for hands, _ in self.concerts(name)]
        pacts = [joined(under, hands) for hands in bound]
        unknown = unknown.union(*(pact for pact, hands in zip(pacts, bound) if UNKNOWN in hands))
        found = {frozenset(group & self.foreign) for group in list(under.values()) + pacts}
        return [group for group in found if not any(group < other for other in found)], frozenset(unknown & self.foreign | {UNKNOWN})

    # The rules.

    def judge(self):
        self.count = {name: self.counted(name) for name in self.firms}
        groups, unknown = self.groups()
        holes = any(firm.hole for firm in self.firms.values())

        def shares(groups, limit):
            if any(self.exceeds(group, limit) for group in groups):
                return "Broken"
            return "Unproven" if holes and any(self.exceeds(group | unknown, limit) for group in groups) else "Held"

        chain = self.above(self.root) | {self.root}
        powerful = [(hand, name) for name in chain & set(self.firms) for hand in self.firms[name].powers]
        power = any(({hand} | self.above(hand, name)) & self.foreign for hand, name in powerful)
        open_end = "Unproven" if UNKNOWN in chain else "Held"
        return {
            "JUR-02": shares(groups, Fraction(24, 100)),
            "JUR-03": shares([frozenset(self.foreign)], Fraction(39, 100)),
            "JUR-04": "Broken" if power else open_end,
            "JUR-05": "Broken" if chain & self.barred else open_end,
        }


def solve(entries, size, root, limit):
    """The root's value in x = A x + b: as a float when that is surely on its side of the limit, else as a fraction."""
    matrix, ones = np.eye(size), np.zeros((size, 2))
    ones[:, 1] = 1
    for row, column, part, total in entries:
        if column is None:
            ones[row, 0] += part / total
        else:
            matrix[row, column] -= part / total
    try:
        guess = np.linalg.solve(matrix, ones)
        # The second column is the norm of the inverse: by how much an error of rounding may have grown.
        if np.abs(guess[:, 1]).max() < 1e6 and abs(guess[root, 0] - float(limit)) > 1e-6:
            return guess[root, 0]
    except np.linalg.LinAlgError:
        pass  # a ring held from outside by so little that a float does not show it
    exact = np.array([[Fraction(int(i == j)) for j in range(size + 1)] for i in range(size)], dtype=object)
    for row, column, part, total in entries:
        exact[row, size if column is None else column] += Fraction(part, total) * (1 if column is None else -1)
    for pivot in range(size):  # the matrix of a grounded graph needs no other pivots
        exact[pivot] = exact[pivot] / exact[pivot, pivot]
        for row in range(size):
            if row != pivot and exact[row, pivot]:
                exact[row] = exact[row] - exact[pivot] * exact[row, pivot]
    return exact[root, size]


def judge(question):
    return {"id": question["id"], **Graph(question).judge()}


def main():
    if sys.argv[1:] == ["--selftest"]:
        sys.dont_write_bytecode = True
        import selftest

        return selftest.run()
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(judge(json.loads(line))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
