"""The same code gives the same templates, and needs nothing of AWS to do so."""

from __future__ import annotations

from pathlib import Path

from tests.support import Assembly, run_app, template_files


def test_a_second_synthesis_is_identical(assembly: Assembly, tmp_path: Path) -> None:
    """Two runs in processes of their own write the same bytes: templates, manifests and assets."""
    result = run_app(tmp_path / "again", validate=False)
    assert result.returncode == 0, result.stderr
    first, second = (
        {
            str(file.relative_to(outdir)): file.stat().st_size
            if file.suffix == ".zip"
            else file.read_bytes()
            for file in sorted(outdir.rglob("*"))
            if file.is_file() and file.name not in {"tree.json", "validation-report.json"}
        }
        for outdir in (assembly.path, tmp_path / "again")
    )
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_templates_name_no_account(assembly: Assembly) -> None:
    """An environment without an account deploys into that of the credentials."""
    for stack, file in template_files(assembly).items():
        assert "AWS::AccountId" in file.read_text(encoding="utf-8"), stack
