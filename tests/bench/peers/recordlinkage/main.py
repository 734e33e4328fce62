"""Finds who is who in a table of two sides with recordlinkage: the same ways to find a pair, the same
weights. Reading the table and writing the pairs is not timed.

    main.py TABLE PAIRS
"""

import json
import sys
import time

import numpy
import pandas
import recordlinkage
from recordlinkage.index import Block
from recordlinkage.preprocessing import phonetic

# As in shared/domain/src/contacts/matching/score.rs.
WEIGHTS = {"name": 35.0, "email": 30.0, "phone": 15.0, "address": 10.0}
DOUBT = 10.0
ALIKE = 0.75


def main(table, pairs):
    frame = pandas.read_csv(table, dtype=str, keep_default_na=False).set_index("id")
    begin = time.perf_counter()
    originals, duplicates = prepared(frame)
    start = time.perf_counter()
    candidates = found(originals, duplicates)
    scores = scored(candidates, originals, duplicates)
    end = time.perf_counter()
    scores.to_csv(pairs, header=False)
    version = f"recordlinkage {recordlinkage.__version__}"
    times = {"prepare": start - begin, "training": 0.0, "search": end - start}
    print(json.dumps({"version": version, **times}))


def prepared(frame):
    frame = frame.apply(lambda column: column.str.lower())
    digits = frame["phone"].str.replace(r"\D", "", regex=True)
    frame["phone"] = digits.str[-9:]
    frame["last_digits"] = digits.str[-7:]
    words = frame["given_name"] + " " + frame["surname"]
    frame["name"] = words.map(lambda it: " ".join(sorted(it.split())))
    for column in ["given_name", "surname"]:
        frame[f"{column}_sound"] = phonetic(frame[column], method="soundex")
    frame["address"] = frame[["street", "suburb", "state", "postcode"]].agg(" ".join, axis=1).str.strip()
    frame = frame.replace("", numpy.nan)
    return frame[frame.index.str.startswith("o")], frame[frame.index.str.startswith("d")]


def found(originals, duplicates):
    index = recordlinkage.Index()
    index.add(Block("name"))
    index.add(Block("email", "email"))
    index.add(Block("email", "email2"))
    index.add(Block("last_digits"))
    for one in ["given_name_sound", "surname_sound"]:
        for other in ["given_name_sound", "surname_sound"]:
            index.add(Block(["postcode", one], ["postcode", other]))
    return index.index(originals, duplicates)


def scored(candidates, originals, duplicates):
    compare = recordlinkage.Compare()
    compare.string("name", "name", method="jarowinkler", missing_value=numpy.nan, label="name")
    for one in ["given_name", "surname"]:
        for other in ["given_name", "surname"]:
            compare.string(one, other, method="jarowinkler", label=f"{one} {other}")
    compare.exact("email", "email", missing_value=numpy.nan, label="email")
    compare.exact("email", "email2", missing_value=numpy.nan, label="email2")
    compare.exact("phone", "phone", missing_value=numpy.nan, label="phone")
    compare.exact("address", "address", missing_value=numpy.nan, label="address")
    compare.exact("postcode", "postcode", label="postcode")
    it = compare.compute(candidates, originals, duplicates)

    straight = (it["given_name given_name"] + it["surname surname"]) / 2
    swapped = (it["given_name surname"] + it["surname given_name"]) / 2
    name = numpy.fmax(it["name"], numpy.fmax(straight, swapped))
    name = name.where(name >= ALIKE, 0.0)
    agreements = {
        "name": name,
        "email": numpy.fmax(it["email"], it["email2"]),
        "phone": it["phone"],
        "address": it["address"].where(~(it["address"] == 0), it["postcode"] * 0.5),
    }
    weight = DOUBT + sum(WEIGHTS[part] * agreement.notna() for part, agreement in agreements.items())
    agreed = sum(WEIGHTS[part] * agreement.fillna(0.0) for part, agreement in agreements.items())
    return agreed / weight


main(*sys.argv[1:])
