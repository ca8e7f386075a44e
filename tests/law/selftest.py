"""The examples of FORMAT.md; changes of random graphs that must not change their answers; worlds, declared."""

import copy
import json
import random
from decimal import Decimal
from pathlib import Path

from solver import judge

SHARES = ["0", "3", "4.99", "5", "13", "20", "24", "24.004", "25", "30", "39", "40", "40.1", "45", "50", "50.5", "60", "100"]
GRAPHS, WORLDS, MOST_FIRMS = 200, 4, 12


def sentence(name):
    """A holder that is an end, from its name alone, so that one name has one country throughout."""
    countries = ["FR", "FR", "DE", "US", "CH", "GB"]
    return {"name": name, "country": countries[int(name[1:]) % len(countries)], "kind": "Person"}


def graph(random):
    firms = [f"f{index}" for index in range(random.randint(1, MOST_FIRMS))]
    countries = {firm: random.choice(["FR", "FR", "FR", "DE", "US", "CH"]) for firm in firms}
    question = {"id": "random", "root": firms[0], "allowed": ["FR", "DE"], "excluded": ["US"], "firms": {}}
    for name in firms:
        holders, left = [], 100.0
        for _ in range(random.randint(0 if random.random() < 0.1 else 1, 5)):
            fits = [share for share in SHARES if float(share) <= left + 1e-9]
            share, votes = random.choice(fits), None
            left -= float(share)
            holder = sentence(f"p{random.randint(0, 11)}")
            if random.random() < 0.5:
                firm = random.choice(firms if random.random() < 0.3 else firms[firms.index(name) :])
                holder = {"name": f"Company {firm}", "kind": "Company", "country": countries[firm], "provider": firm}
            elif random.random() < 0.1:
                holder = {"name": f"c{random.randint(0, 3)}", "kind": "Company", "country": "FR"}
            holder |= {"capital": share, "votes": votes or share}
            holder |= {"veto": random.random() < 0.04, "appoints": random.random() < 0.04}
            holders.append(holder)
        if holders and random.random() < 0.7:  # nothing undeclared
            rest = 100000 - sum(round(float(holder["capital"]) * 1000) for holder in holders)
            holders.append(sentence(f"p{random.randint(0, 11)}") | {"capital": f"{rest / 1000:.3f}"})
            holders[-1]["votes"] = holders[-1]["capital"]
        if random.random() < 0.3:  # the votes go with other lines than the capital
            votes = [holder["votes"] for holder in holders]
            random.shuffle(votes)
            for holder, vote in zip(holders, votes):
                holder["votes"] = vote
        pacts = []
        if len(holders) > 1 and random.random() < 0.3:
            decides = random.sample(["Votes", "Veto", "Appointment"], random.choice([1, 1, 2]))
            pacts.append({"holders": random.sample(range(len(holders)), 2), "decides": decides})
        listed = random.random() < 0.15
        question["firms"][name] = {"country": countries[name], "listed": listed, "holders": holders, "pacts": pacts}
    return question


def half(text):
    return f"{float(text) / 2:.6f}"


def reordered(question, random):
    firms = list(question["firms"].items())
    random.shuffle(firms)
    question["firms"] = dict(firms)
    for firm in question["firms"].values():
        order = list(range(len(firm["holders"])))
        random.shuffle(order)
        firm["holders"] = [firm["holders"][index] for index in order]
        for pact in firm["pacts"]:
            pact["holders"] = [order.index(index) for index in pact["holders"]]
            random.shuffle(pact["holders"])


def split(question, random):
    """Each line in two, the powers and the pact with the first half only."""
    for firm in question["firms"].values():
        for holder in list(firm["holders"]):
            holder["capital"], holder["votes"] = half(holder["capital"]), half(holder["votes"])
            firm["holders"].append(holder | {"veto": False, "appoints": False})


def renamed(question, random):
    names = list(question["firms"])
    other = dict(zip(names, random.sample([f"object-{index}" for index in range(50)], len(names))))
    question["root"] = other[question["root"]]
    question["firms"] = {other[name]: firm for name, firm in question["firms"].items()}
    for firm in question["firms"].values():
        for holder in firm["holders"]:
            if holder.get("provider"):
                holder["provider"] = other[holder["provider"]]
            holder["name"] = f" {holder['name'].upper().replace(' ', '  ')}"


def identified(question, random):
    """Identifiers, written in two ways, instead of names."""
    for firm in question["firms"].values():
        for holder in firm["holders"]:
            name = holder["name"]
            holder["identifier"] = random.choice([f"{name}12 3", f"{name.upper()}123"])
            holder["name"] = str(random.random())


def in_vehicles(question, random, ring=False):
    """Every line of an end is held by two vehicles of that end, in half each; in a ring, 60 % by it and 40 % by the other."""
    for name in list(question["firms"]):
        firm = question["firms"][name]
        places = {}
        holders, firm["holders"] = firm["holders"], []
        for index, holder in enumerate(holders):
            places[index] = [len(firm["holders"])]
            if holder["kind"] == "Person":
                owner = {"name": holder["name"], "country": holder["country"], "kind": "Person"}
                vehicles = [f"{name}-{index}-{part}" for part in "ab"]
                places[index] = [len(firm["holders"]), len(firm["holders"]) + 1]
                for this, other in (vehicles, vehicles[::-1]):
                    line = {"name": this, "kind": "Company", "country": holder["country"], "provider": this}
                    halves = {kind: half(holder[kind]) for kind in ("capital", "votes")}
                    firm["holders"].append(holder | line | halves)
                    behind = [owner | {"capital": "60" if ring else "100", "votes": "60" if ring else "100"}]
                    if ring:
                        behind.append(line | {"name": other, "provider": other, "capital": "40", "votes": "40"})
                    question["firms"][this] = {"country": holder["country"], "listed": False, "holders": behind, "pacts": []}
            else:
                firm["holders"].append(holder)
        for pact in firm["pacts"]:
            partners = {holders[index]["name"] for index in pact["holders"]}
            lines = [index for index, holder in enumerate(holders) if holder["name"] in partners]
            pact["holders"] = [place for index in lines for place in places[index]]


def in_ring(question, random):
    in_vehicles(question, random, ring=True)


def holding_itself(question, random, vehicle=False):
    """Each firm holds 20 % of itself, and everybody else four fifths of what they held."""
    for name in list(question["firms"]):
        firm = question["firms"][name]
        for holder in firm["holders"]:
            for kind in ("capital", "votes"):
                holder[kind] = f"{float(holder[kind]) * 0.8:.6f}"
        line = {"name": f"Company {name}", "kind": "Company", "country": firm["country"], "provider": name}
        line |= {"capital": "20", "votes": "20"}
        if vehicle and firm["country"] in question["allowed"]:
            behind = [line | {"capital": "100", "votes": "100"}]
            question["firms"][f"{name}-own"] = {"country": firm["country"], "listed": False, "holders": behind, "pacts": []}
            line |= {"name": f"own {name}", "provider": f"{name}-own"}
        firm["holders"].append(line)


def holding_itself_by_vehicle(question, random):
    holding_itself(question, random, vehicle=True)


def unlisted(question):
    """Which lines count in a listed firm does not depend on the world (section 3), but would on lines that tell one."""
    for firm in question["firms"].values():
        firm["listed"] = False
    return question


def told(question, random):
    """One world is declared: every rest is somebody's, with powers, or scattered; so is each company that nobody described."""
    for name in [f"c{index}" for index in range(4)]:
        question["firms"][f"told {name}"] = {"country": "FR", "listed": False, "holders": [], "pacts": []}
        for firm in question["firms"].values():
            for holder in firm["holders"]:
                if holder["name"] == name:
                    holder["provider"] = f"told {name}"
    scattered = random.random() < 0.2
    hand = sentence(f"p{random.randint(0, 17)}") | {"veto": True, "appoints": True}  # p12 and above are new
    for name, firm in question["firms"].items():
        rest = [100 - sum(Decimal(holder[kind]) for holder in firm["holders"]) for kind in ("capital", "votes")]
        if any(rest):
            parts = [sentence(f"p{6 * index}") | {"name": f"{name} {index}"} for index in range(50)] if scattered else [hand]
            capital, votes = (str(left / len(parts)) for left in rest)
            firm["holders"] += [part | {"capital": capital, "votes": votes} for part in parts]


CHANGES = [reordered, split, renamed, identified, in_vehicles, in_ring, holding_itself, holding_itself_by_vehicle]


def examples():
    text = (Path(__file__).parent / "FORMAT.md").read_text().split("```json\n")[1:]
    lines = [json.loads(line) for block in text for line in block.split("```")[0].splitlines()]
    return list(zip(lines[::2], lines[1::2]))


def run():
    wrong, verdicts = 0, {}
    for question, answer in examples():
        if judge(question) != answer:
            wrong += 1
            print(f"example {answer['id']}: {judge(question)} instead of {answer}")
    for seed in range(GRAPHS):
        question = graph(random.Random(seed))
        answer = judge(question)
        for rule in list(answer)[1:]:
            verdicts[rule, answer[rule]] = verdicts.get((rule, answer[rule]), 0) + 1
        for change in CHANGES:
            other = copy.deepcopy(question)
            change(other, random.Random(seed))
            if judge(other) != answer:
                wrong += 1
                print(f"seed {seed}, {change.__name__}: {judge(other)} instead of {answer}")
        question = unlisted(question)
        answer = judge(question)
        for turn in range(WORLDS):
            other = copy.deepcopy(question)
            told(other, random.Random(GRAPHS * turn + seed))
            later = judge(other)  # unproven where a ring is still nobody's
            if any(answer[rule] != "Unproven" != later[rule] != answer[rule] for rule in later):
                wrong += 1
                print(f"seed {seed}, world {turn}: {later} after {answer}")
    if len(verdicts) < 12:
        wrong += 1
        print(f"the random graphs do not meet every verdict of every rule: {verdicts}")
    print(f"{len(examples())} examples, {GRAPHS} graphs with {len(CHANGES)} changes and {WORLDS} worlds each: {wrong or 'none'} wrong; {verdicts}")
    return 1 if wrong else 0
