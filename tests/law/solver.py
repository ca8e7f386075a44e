#!/usr/bin/env python3
"""Judges ownership graphs by JUR-02 to JUR-05, from the text of the law alone: a second opinion beside the product's.

Questions on standard input, answers on standard output, a JSON object a line; FORMAT.md says what they hold and how each
sentence is read, and its section numbers stand below. `--selftest` runs its examples and the invariances.
"""

import json
import sys
import unicodedata
from collections import defaultdict
from copy import copy
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, partial

import numpy as np

CAPITAL, VOTES = 0, 1
NEWCOMER = ("new",)  # a hand that no line names


class Firm:
    """What is declared of one firm, by hand and in one unit, less what it holds in itself."""

    def __init__(self, listed):
        self.listed = listed
        self.lines = {}  # hand -> [capital, votes]
        self.powers = set()  # hands with a veto or an appointment, alone or by a pact
        self.pacts = []  # (hands, do they vote together)
        self.total = [0, 0]  # capital and votes of which the lines are parts
        self.missing = [0, 0]  # what is not known of them
        self.void = [False, False]  # is nobody outside a ring known to hold any of them
        self.silent = frozenset()  # hands of a listed firm that need not declare themselves
        self.teller = None  # in a world, the hand that has what is missing

    def held(self, hands, measure):
        return sum(self.lines[hand][measure] for hand in hands if hand in self.lines)

    def told(self, hand):
        """The same firm in a world where this hand is whoever is not known."""
        firm = copy(self)
        held = self.lines.get(hand, [0, 0])
        firm.lines = self.lines | {hand: [known + more for known, more in zip(held, self.missing)]}
        firm.teller = hand
        firm.powers, firm.silent = self.powers | {hand}, self.silent - {hand}
        return firm


class Graph:
    """What is declared of the root and of all behind it."""

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
        for measure in (CAPITAL, VOTES):
            self.find_missing(measure)

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
        namesake = name[0] == "name" and len(self.identifiers.get(name[1], ())) > 1
        if name in self.firms or (name[0] != "firm" and not namesake and not self.kinds[name] & {"Company", "ListedCompany"}):
            return
        listed = not namesake and "Company" not in self.kinds[name]
        text = self.described[name[1]] if name[0] == "firm" else {"listed": listed}
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
            firm.total = [100 * self.unit - firm.held(own[name], measure) for measure in (CAPITAL, VOTES)]
            firm.lines = {hand: line for hand, line in firm.lines.items() if hand not in own[name]}
            firm.powers -= own[name]
            firm.pacts = [(partners - own[name], votes) for partners, votes in firm.pacts]
        behind = reached({self.root}, {name: firm.lines for name, firm in self.firms.items()}) | {self.root}
        self.firms = {name: firm for name, firm in self.firms.items() if name in behind}

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

    def find_missing(self, measure):
        """The undeclared rest of each firm, and all of a ring of firms that nobody outside holds."""
        for firm in self.firms.values():
            if firm.total[measure] <= 0:  # it holds all of itself: nobody is known
                firm.total[measure] = firm.missing[measure] = 1
            elif not firm.listed:
                firm.missing[measure] = firm.total[measure] - firm.held(firm.lines, measure)
        holders = {name: {hand for hand, line in firm.lines.items() if line[measure]} for name, firm in self.firms.items()}
        behind = {name: reached({name}, holders) for name in self.firms}
        whole = {name for name, firm in self.firms.items() if firm.held(firm.lines, measure) == firm.total[measure]}
        for name in whole:
            if all(hand in whole and name in behind[hand] for hand in behind[name]):
                self.firms[name].missing[measure] = self.firms[name].total[measure]
                self.firms[name].void[measure] = True

    # Section 3: worlds.

    def worlds(self):
        """The graph with nobody in particular behind what is not known; then, if anything is not, with each who may be."""
        hands = set(self.firms).union(*(firm.lines for firm in self.firms.values()))
        foreign = {hand for hand in hands if not self.countries[hand] <= self.allowed} - {self.root}
        barred = {hand for hand in hands if self.countries[hand] & self.excluded}
        first = World(self.root, self.firms, foreign, barred)
        for name, firm in self.firms.items():
            firm.silent = first.silent(name)
        yield first
        holes = [name for name, firm in self.firms.items() if any(firm.missing)]

        def world(hand, foreign, barred):
            told = {name: self.firms[name].told(hand) for name in holes if name != hand}
            return World(self.root, self.firms | told, foreign, barred)

        if holes:
            yield world(NEWCOMER, foreign | {NEWCOMER}, barred | {NEWCOMER} if self.excluded else barred)
            yield world(NEWCOMER, foreign, barred)
            for hand in hands - {self.root}:
                yield world(hand, foreign, barred)

    def certain(self, first):
        """The first world, where nobody decides as the largest whom somebody unknown could make another larger than."""
        holders = {name: firm.lines for name, firm in self.firms.items()}
        holes = {name for name, firm in self.firms.items() if any(firm.missing)}
        contested = {name for name in self.firms if name in holes or reached({name}, holders) & holes}
        return World(self.root, self.firms, first.foreign, first.barred, contested) if holes else first

    def judge(self):
        verdicts, worlds = {}, self.worlds()
        first = next(worlds)
        certain = self.certain(first)
        for rule, broken in RULES.items():
            verdicts[rule] = "Broken" if broken(certain) else "Unproven" if broken(first) else "Held"
        for world in worlds:
            held = [rule for rule in RULES if verdicts[rule] == "Held"]
            if not held:
                break
            verdicts |= {rule: "Unproven" for rule in held if RULES[rule](world)}
        return verdicts


class World:
    """A graph of which everything is known."""

    def __init__(self, root, firms, foreign, barred, contested=frozenset()):
        self.root, self.firms, self.foreign, self.barred = root, firms, foreign, barred
        self.contested = contested  # firms behind which somebody unknown may stand, who adds to whoever is the largest
        self.follow_deciders()
        self.chain = self.above(root) | {root}

    # Section 6: who decides.

    def follow_deciders(self):
        """First who decides when nobody decides over one firm, for each firm in a ring; then who decides."""
        holders = {name: firm.lines for name, firm in self.firms.items()}
        ring = [name for name in self.firms if name in reached({name}, holders)]
        self.apart = {}
        self.apart = {name: self.take_turns(name) for name in ring}
        self.decided_by(self.take_turns())

    def take_turns(self, without=None):
        """Who decides adds to what they hold, and takes the presumption from others: the two are followed in turn."""
        nobody = {name: frozenset() for name in self.firms}
        others = [name for name in self.firms if name != without]
        turns = [nobody]
        while len(turns) < 3 or turns[-1] not in turns[-3:-1]:
            self.decided_by(turns[-1])
            rivals = {name: self.parties(name) for name in others}
            now, before = nobody, None
            while now != before:
                before = now
                self.decided_by(now)
                now = nobody | {name: frozenset(self.decide(name, rivals[name])) for name in others}
            turns.append(now)
        # Turns that end in two answers are rings where each presumption undoes the other: all of them decide.
        return {name: turns[-1][name] | turns[-2][name] for name in self.firms}

    def decided_by(self, deciders):
        @lru_cache(None)
        def above(hand, avoid=None):
            """All who decide over a hand; of those, the ones who do so not through `avoid`."""
            found = reached({hand}, deciders)
            if avoid in self.apart:
                found &= reached({hand}, self.apart[avoid])
            return found - {avoid}

        self.above = above

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
        """Hands, and pacts that vote together, each with the holders of its side."""
        sides = self.sides(name)
        alone = [({hand}, side) for hand, side in sides.items()]
        return alone + [(hands, joined(sides, hands)) for hands, votes in self.concerts(name) if votes]

    def decide(self, name, rivals):
        """Who decides over a firm, when the parties against whom 40 % are measured are these."""
        firm = self.firms[name]

        def passes(side):
            """More than half, or more than 40 % of the votes and more than anybody else has apart from this side."""
            capital, votes = firm.held(side, CAPITAL), firm.held(side, VOTES)
            if 2 * capital > firm.total[CAPITAL] or 2 * votes > firm.total[VOTES]:
                return True
            if 5 * votes <= 2 * firm.total[VOTES]:
                return False
            rest = firm.missing[VOTES] if self.contested else 0
            other = [rival | self.contested for _, rival in rivals] + [self.contested]
            return all(firm.held(rival - side, VOTES) + rest < votes for rival in other)

        return firm.powers.union(*(hands for hands, side in self.parties(name) if passes(side)))

    # Section 4: listed firms.

    def silent(self, name):
        """Hands of a listed firm that, with all who act with them, hold less than 5 %."""
        firm, sides = self.firms[name], self.sides(name)
        if not firm.listed:
            return frozenset()
        groups = list(sides.values()) + [joined(sides, hands) for hands, _ in self.concerts(name)]
        enough = (side for side in groups if any(20 * firm.held(side, m) >= firm.total[m] for m in (CAPITAL, VOTES)))
        return frozenset(firm.lines).difference(*enough)

    # Section 7: what is held.

    def exceeds(self, hands, limit):
        """Do these hands hold more than the limit of the root?"""
        return any(self.share(hands, measure, limit) > limit for measure in (CAPITAL, VOTES))

    def share(self, hands, measure, limit):
        """What these hands hold of the root, as exactly as the limit asks for."""
        whole, parts = defaultdict(int), defaultdict(dict)
        for name, firm in self.firms.items():
            for hand in firm.lines.keys() - firm.silent:
                held = firm.lines[hand][measure]
                if firm.void[measure]:  # what a ring holds of itself counts for nothing
                    held = firm.missing[measure] if hand == firm.teller else 0
                if held and (hand in hands or self.above(hand, name) & hands):
                    whole[name] += held
                elif held and hand in self.firms:
                    parts[hand][name] = held
        # Firms of which the hands hold anything; a ring that in this world nobody outside holds is not among them.
        names = list(whole.keys() | reached(whole, parts))
        if self.root not in names:
            return 0
        place = {name: index for index, name in enumerate(names)}
        total = {name: self.firms[name].total[measure] for name in names}
        constants = [(whole[name], total[name]) for name in names]
        links = [(place[name], place[hand], held, total[name]) for hand in names for name, held in parts[hand].items()]
        return solve(constants, links, place[self.root], limit)

    def groups(self):
        """The sets of foreign hands that JUR-02 takes for one hand each."""
        under = defaultdict(set)
        for hand in {hand for firm in self.firms.values() for hand in firm.lines} | set(self.firms):
            for decider in self.above(hand) | {hand}:
                under[decider].add(hand)
        pacts = [joined(under, hands) for name in self.firms for hands, _ in self.concerts(name)]
        found = {frozenset(group & self.foreign) for group in list(under.values()) + pacts}
        return [group for group in found if not any(group < other for other in found)]

    # Sections 7 to 9: the rules.

    def one_holds_too_much(self):
        limit = Fraction(24, 100)  # what all do not pass together, none of them passes
        return self.exceeds(self.foreign, limit) and any(self.exceeds(group, limit) for group in self.groups())

    def all_hold_too_much(self):
        return self.exceeds(self.foreign, Fraction(39, 100))

    def foreign_power(self):
        powers = [(hand, name) for name in self.chain & set(self.firms) for hand in self.firms[name].powers]
        return any(({hand} | self.above(hand, name)) & self.foreign for hand, name in powers)

    def excluded_decides(self):
        return bool(self.chain & self.barred)


RULES = {
    "JUR-02": World.one_holds_too_much,
    "JUR-03": World.all_hold_too_much,
    "JUR-04": World.foreign_power,
    "JUR-05": World.excluded_decides,
}


def plain(text):
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def reached(start, steps):
    """All that is reached from the start by at least one step."""
    found, todo = set(), list(start)
    while todo:
        fresh = set(steps.get(todo.pop(), ())) - found
        found |= fresh
        todo += fresh
    return frozenset(found)


def joined(sets, hands):
    return set().union(*(sets[hand] for hand in hands if hand in sets))


def solve(constants, links, root, limit):
    """The root's value in x = A x + b: as a float when that is surely on its side of the limit, else as a fraction."""
    size = len(constants)
    matrix, ones = np.eye(size), np.ones((size, 2))
    ones[:, 0] = [part / total for part, total in constants]
    for row, column, part, total in links:
        matrix[row, column] -= part / total
    try:
        guess = np.linalg.solve(matrix, ones)
        # The second column is the norm of the inverse: by how much an error of rounding may have grown.
        if np.abs(guess[:, 1]).max() < 1e6 and abs(guess[root, 0] - float(limit)) > 1e-6:
            return guess[root, 0]
    except np.linalg.LinAlgError:
        pass  # a ring held from outside by so little that a float does not show it
    exact = np.array([[Fraction(int(i == j)) for j in range(size + 1)] for i in range(size)], dtype=object)
    exact[:, size] = [Fraction(part, total) for part, total in constants]
    for row, column, part, total in links:
        exact[row, column] -= Fraction(part, total)
    for pivot in range(size):  # where each firm is held from outside in the end, no other pivots are needed
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
