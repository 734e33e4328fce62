"""Finds who is who in a table of two sides with splink on DuckDB: the same ways to find a pair, and a
model that splink learns from the table. Reading the table and writing the pairs is not timed.

    main.py TABLE PAIRS
"""

import json
import logging
import sys
import time

import pandas
import splink
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

CODES = {letter: str(n) for n, letters in enumerate(
    ["bfpv", "cgjkqsxz", "dt", "l", "mn", "r"], start=1) for letter in letters}


def main(table, pairs):
    logging.getLogger("splink").setLevel(logging.ERROR)
    frame = pandas.read_csv(table, dtype=str, keep_default_na=False)
    begin = time.perf_counter()
    originals, duplicates = prepared(frame)
    prepare = time.perf_counter() - begin
    linker = Linker([originals, duplicates], settings(), DuckDBAPI(), input_table_aliases=["o", "d"])
    training = learned(linker)
    start = time.perf_counter()
    predicted = linker.inference.predict(threshold_match_probability=0.0)
    search = time.perf_counter() - start
    columns = ["id_l", "id_r", "match_weight"]
    frame = predicted.as_pandas_dataframe()[columns]
    # The sides come in the order of the aliases.
    swap = frame["id_l"].str.startswith("d")
    frame.loc[swap, ["id_l", "id_r"]] = frame.loc[swap, ["id_r", "id_l"]].values
    frame.to_csv(pairs, header=False, index=False)
    version = f"splink {splink.__version__}"
    times = {"prepare": prepare, "training": training, "search": search}
    print(json.dumps({"version": version, **times}))


def prepared(frame):
    for column in frame.columns:
        frame[column] = frame[column].str.lower()
    digits = frame["phone"].str.replace(r"\D", "", regex=True)
    frame["phone"] = digits.str[-9:]
    frame["last_digits"] = digits.str[-7:]
    words = frame["given_name"] + " " + frame["surname"]
    frame["name"] = words.map(lambda it: " ".join(sorted(it.split())))
    for column in ["given_name", "surname"]:
        frame[f"{column}_sound"] = frame[column].map(soundex)
    frame = frame.astype(object).where(frame != "", None)
    of = frame["id"].str[0]
    return frame[of == "o"].reset_index(drop=True), frame[of == "d"].reset_index(drop=True)


def soundex(word):
    code, last = "", ""
    for letter in word:
        digit = CODES.get(letter, "")
        if not code:
            code = letter
        elif letter in "hw":
            continue
        elif digit and digit != last:
            code += digit
        last = digit
    return (code + "000")[:4] if code else ""


def settings():
    sounds = ["given_name_sound", "surname_sound"]
    places = [f"l.postcode = r.postcode and l.{one} = r.{other}" for one in sounds for other in sounds]
    emails = [f"l.{one} = r.{other}" for one in ["email", "email2"] for other in ["email", "email2"]]
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        blocking_rules_to_generate_predictions=[
            block_on("name"), *emails, block_on("last_digits"), *places,
        ],
        comparisons=[
            cl.ForenameSurnameComparison("given_name", "surname"),
            cl.EmailComparison("email"),
            cl.ExactMatch("phone"),
            cl.ExactMatch("postcode"),
            cl.JaroWinklerAtThresholds("street", [0.9, 0.7]),
        ],
    )


def learned(linker):
    start = time.perf_counter()
    rules = [block_on("email"), block_on("given_name", "surname", "postcode")]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("phone"))
    linker.training.estimate_parameters_using_expectation_maximisation(
        block_on("given_name", "surname"))
    return time.perf_counter() - start


main(*sys.argv[1:])
