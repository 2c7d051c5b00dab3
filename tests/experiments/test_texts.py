"""The catalogs of words: every language says all that English says, and the page has no words of its own."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.api.catalog import TABLES
from app.api.reading import ranges
from app.experiments.experiment import Data, Init, NetworkShape, Nudge, Training
from app.experiments.sentence import sentence
from app.experiments.texts import LANGUAGES, NAMES, say, texts

STATIC = Path(__file__).parents[2] / "static"
SCRIPTS = sorted(STATIC.glob("js/**/*.js"))
EN = texts("en")
PLACEHOLDER = re.compile(r"%?\{[^{}]*\}")


def flat(value, path=()):
    """Every text of a catalog by its path."""
    if isinstance(value, str):
        return {path: value}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return {place: text for key, inner in pairs for place, text in flat(inner, (*path, key)).items()}


def without_tables(language):
    return flat({key: value for key, value in texts(language).items() if key != "tables"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_all_that_english_says(language):
    english, other = without_tables("en"), without_tables(language)
    assert other.keys() == english.keys()
    for place, text in english.items():
        assert other[place].strip() == other[place] != "" or place == ("thousands",), place
        assert set(PLACEHOLDER.findall(other[place])) == set(PLACEHOLDER.findall(text)), place


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_is_about_rows_that_there_are(language):
    for table, rows in texts(language)["tables"].items():
        known = TABLES.get(table) or {"cross_entropy": None}
        assert set(rows) <= set(known), table
        for row in rows.values():
            assert set(row) <= {"title", "description", "note"}
            assert all(row.values())


def test_a_language_is_called_as_it_calls_itself():
    assert NAMES["en"] == "English"
    assert len(set(NAMES.values())) == len(LANGUAGES)


def test_thousands_stand_apart_and_clauses_are_said_in_place():
    clause = {"key": "to_odds", "values": {"first": "240", "second": "160", "odds": "-0.4"}}
    assert say("verdicts", "only_bias", {"L": 1_234, "before": 1, "goal": clause}).endswith(
        "b[1,234] goes to the log-odds of the classes, ln(160/240) = -0.4, and then it rests."
    )
    assert sentence(1240, []) == "Step 1,240:"


def forms(language):
    """The forms of rules that a language has words for, as patterns."""
    for form in texts(language)["rules"]:
        yield re.compile("(.+)".join(re.escape(part) for part in re.split(r"\{\w+\}", form)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rule_of_every_field_can_be_said(language):
    known = list(forms(language))
    rules = {
        field["rule"]
        for part in (Data, NetworkShape, Init, Training, Nudge)
        for field in ranges(part).values()
        if not field["rule"].startswith("an object with")
    }
    assert len(rules) > 15
    for rule in rules:
        parts = [rule] if any(form.fullmatch(rule) for form in known) else rule.split(", or ")
        assert all(any(form.fullmatch(part) for form in known) for part in parts), rule


class Fixed(HTMLParser):
    """The words of index.html: each with its key, or with None."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.open = []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.open.append(given)
        for name, key in (("title", "data-t-title"), ("aria-label", "data-t-label")):
            if name in given:
                self.found.append((given[name], given.get(key)))
        if tag in ("input", "link", "meta"):
            self.open.pop()

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, text):
        if re.search(r"[A-Za-z]{2}", text):
            self.found.append((text.strip(), self.open[-1].get("data-t")))


# The page's name, its title, and what is said where no script runs.
NAMED = {
    "Planar",
    "Playground",
    "Planar Playground",
    "The playground draws with JavaScript; please switch it on.",
}


def test_the_words_of_index_html_are_those_of_the_catalog():
    page = Fixed()
    page.feed((STATIC / "index.html").read_text("utf-8").replace("<!doctype html>", ""))
    assert len(page.found) > 40
    assert {text: key for text, key in page.found if key is None and text not in NAMED} == {}
    for text, key in page.found:
        assert key is None or EN["page"][key] == text


def keys_said():
    """The keys in t("..."), data-t="..."; those that are put together, by how they begin."""
    whole, begun = set(), set()
    for script in SCRIPTS:
        source = script.read_text("utf-8")
        whole |= set(re.findall(r'"([a-z]+\.\w+)"', source))
        begun |= set(re.findall(r"\bt\([^()]*`([a-z]+\.\w*)\$\{", source))
    return whole | set(
        re.findall(r'data-t[a-z-]*="([^"]+)"', (STATIC / "index.html").read_text("utf-8"))
    ), begun


def test_every_key_is_in_the_catalog_and_every_word_is_said():
    whole, begun = keys_said()
    known = {re.sub("_(one|other)$", "", key) for key in EN["page"]}
    said = {key for key in known if key in whole or any(key.startswith(start) for start in begun)}
    assert said == known
    sections = {key.split(".")[0] for key in known}
    assert {key for key in whole if key.split(".")[0] in sections} <= known


# Two words with a space between them are meant for people, and so is a word that is an element's text.
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
VALUE = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")
SENTENCE = re.compile(r"[A-Za-z]{2,}[,.:]? [A-Za-z]{2,}")
CHILD = re.compile(r'\bh\("\w+", \{[^{}]*\}, "([A-Za-z]{3,})"')
COMMENT = re.compile(r"^\s*(//|\*|/\*|import )")
NOT_FOR_PEOPLE = re.compile(r"new Error\(|className|matchMedia\(|closest\(|color-mix|textposition")
ALLOWED = {
    "calls.js": re.compile("for line in answer|as answer:|^import json|^from urllib"),  # Python
    "docs.js": re.compile("Planar Playground|The calls could not be read"),  # a name; without words
    "loops.js": re.compile("for (i|l|each)|J, dW|J = mean"),  # pseudo code
    "hand.js": re.compile("leaky ReLU"),  # a function's name
    "health.js": re.compile("gradient descent"),  # what the server calls it, compared
    "stream.js": re.compile(
        "^too many (sessions from your address|messages)$"
    ),  # what the server says, compared
    "main.js": re.compile("The playground could not start"),  # when there are no words
}


def literals(script):
    """The texts that stand in a script, and in which a person would read words."""
    for line in script.read_text("utf-8").splitlines():
        if COMMENT.search(line):
            continue
        yield from CHILD.findall(line)
        if NOT_FOR_PEOPLE.search(line) and not CHILD.search(line):
            line = re.sub(r'className: ("[^"]*"|`[^`]*`|[^,]*\?[^,]*),?', "", line)
            if NOT_FOR_PEOPLE.search(line):
                continue
        for quoted, template in STRING.findall(VALUE.sub("", line)):
            if SENTENCE.search(quoted or template):
                yield quoted or template


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_no_words_for_people_stand_in_a_script(script):
    allowed = ALLOWED.get(script.name)
    assert [text for text in literals(script) if not (allowed and allowed.search(text))] == []


def test_words_in_a_script_would_be_found(tmp_path):
    script = tmp_path / "view.js"
    script.write_text(
        'h("p", { className: "hint" }, "Close");\n'
        "say(text, `at step ${count(step)} of many`);\n"
        'h("b", { className: "a b", title: "Take this back" });\n'
        'h("b", { className: "small quiet" });\n'
        'throw new Error("not for people");\n'
    )
    assert list(literals(script)) == ["Close", "at step  of many", "Take this back"]
