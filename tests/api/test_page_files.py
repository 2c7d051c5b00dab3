"""A folder of files as a browser gets it: kept for good by its version, read anew when one has changed."""

import asyncio
import gzip
import re

import pytest
from fastapi import HTTPException
from starlette.requests import Request

from app.api import page_files
from app.api.page_files import PageFiles

INDEX = """  <link rel="stylesheet" href="css/b.css">
  <link rel="stylesheet" href="css/a.css">
<script type="module" src="js/main.js"></script>
"""
MAIN = """import { b } from "./views/b.js";
import {
  c,
} from "./c.js";
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(page_files, "LOOK_SECONDS", 0.0)
    files = {
        "index.html": INDEX,
        "deep.html": INDEX.replace('="', '="../')
        .replace('"../module', '"module')
        .replace('"../style', '"style'),
        "css/a.css": "p {}",
        "css/b.css": "q {}",
        "js/main.js": MAIN,
        "js/views/b.js": 'export { d } from "../c.js";\n',
        "js/c.js": 'import { b } from "./views/b.js";\n// from "./nowhere.js";\n',
        "what.ever": "?",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def answer(files, name="index.html", version="", method="GET", **headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": method, "headers": raw})
    return asyncio.run(files.answer(request, name, version))


def version_in(page):
    (version,) = set(re.findall(r"v/(\w+)/", page.body.decode()))
    return version


def test_the_page_names_the_version_of_its_files_and_all_its_modules(folder):
    page = answer(PageFiles(folder))
    v = version_in(page)
    assert page.body.decode().splitlines() == [
        f'  <link rel="stylesheet" href="v/{v}/css/all-of-index.css">',
        f'<script type="module" src="v/{v}/js/main.js"></script>',
        f'  <link rel="modulepreload" href="v/{v}/js/views/b.js">',
        f'  <link rel="modulepreload" href="v/{v}/js/c.js">',
    ]
    deep = answer(PageFiles(folder), "deep.html").body.decode()
    assert f'href="../v/{v}/css/all-of-deep.css"' in deep
    assert f'href="../v/{v}/js/c.js"' in deep


def test_the_style_sheets_of_a_page_are_one_in_their_order(folder):
    files = PageFiles(folder)
    v = version_in(answer(files))
    style = answer(files, "css/all-of-index.css", v)
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert style.body.decode().splitlines() == ["/* css/b.css */", "q {}", "/* css/a.css */", "p {}"]
    (folder / "css/b.css").write_text("i {}")
    assert b"i {}" in answer(files, "css/all-of-index.css", v).body


def test_a_file_with_its_version_is_kept_for_good_and_any_other_is_asked_for_anew(folder):
    files = PageFiles(folder)
    v = version_in(answer(files))
    kept = answer(files, "js/c.js", v)
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.headers["content-type"] == "text/javascript; charset=utf-8"
    for version in ("", "0" * 16, "é"):
        other = answer(files, "js/c.js", version)
        assert (other.status_code, other.body) == (200, kept.body)
        assert other.headers["cache-control"] == "no-cache"
    assert answer(files).headers["cache-control"] == "no-cache"


def test_when_a_file_changes_the_page_names_another_version(folder):
    files = PageFiles(folder)
    before = version_in(answer(files))
    assert version_in(answer(PageFiles(folder))) == before  # as every server of the same files says
    (folder / "js/c.js").write_text("// other\n")
    after = version_in(answer(files))
    assert after != before
    assert answer(files, "js/c.js", after).body == b"// other\n"
    assert answer(files, "js/c.js", before).headers["cache-control"] == "no-cache"
    (folder / "new.css").write_text("")
    assert answer(files, "new.css").headers["content-type"].startswith("text/css")
    (folder / "new.css").unlink()
    with pytest.raises(HTTPException, match="404"):
        answer(files, "new.css")


def test_what_a_page_names_and_is_not_there_is_left_to_the_browser_to_say(folder):
    files = PageFiles(folder)
    (folder / "css/b.css").unlink()
    (folder / "js/c.js").unlink()
    page = answer(files).body.decode()
    v = version_in(answer(files))
    assert f'<link rel="stylesheet" href="v/{v}/css/a.css">' in page
    assert f'<link rel="stylesheet" href="v/{v}/css/b.css">' in page
    assert answer(files, "js/main.js", v).status_code == 200
    with pytest.raises(HTTPException, match="404"):
        answer(files, "js/c.js", v)


def test_a_file_that_goes_while_it_is_looked_for_takes_no_other_with_it(folder, monkeypatch):
    files = PageFiles(folder)
    before = answer(files).body
    read = page_files._read

    def gone(*_):
        raise FileNotFoundError

    (folder / "js/c.js").write_text("// other\n")
    monkeypatch.setattr(page_files, "_read", gone)
    assert answer(files).body == before
    monkeypatch.setattr(page_files, "_read", read)
    assert answer(files).body != before


def test_it_is_not_looked_for_changes_at_every_file(folder, monkeypatch):
    monkeypatch.setattr(page_files, "LOOK_SECONDS", 1000.0)
    files = PageFiles(folder)
    before = version_in(answer(files))
    (folder / "js/c.js").write_text("// other\n")
    assert version_in(answer(files)) == before


def test_it_travels_compressed_for_who_can_read_that(folder):
    files = PageFiles(folder)
    plain, packed = answer(files, "js/main.js"), answer(files, "js/main.js", accept_encoding="br, gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body == MAIN.encode()
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


def test_who_has_it_is_told_so(folder):
    files = PageFiles(folder)
    tag = answer(files, "js/c.js").headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = answer(files, "js/c.js", if_none_match=known)
        assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
    assert answer(files, "js/c.js", if_none_match='"other"').status_code == 200
    (folder / "js/c.js").write_text("// other\n")
    assert answer(files, "js/c.js", if_none_match=tag).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["nothing", "js", "js/", "../secret", "js/../../secret", "", "/etc/passwd", "js/c.js/"],
)
def test_what_is_not_there_is_not_found(folder, path):
    (folder.parent / "secret").write_text("secret")
    with pytest.raises(HTTPException, match="404"):
        answer(PageFiles(folder), path)


def test_files_are_only_read(folder):
    with pytest.raises(HTTPException, match="405"):
        answer(PageFiles(folder), "js/c.js", method="POST")


def test_a_kind_that_is_unknown_is_bytes(folder):
    assert answer(PageFiles(folder), "what.ever").headers["content-type"] == "application/octet-stream"
