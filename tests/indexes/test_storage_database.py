import sqlite3
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from indexes.errors import Busy, LibraryDamaged, LibraryError, LibraryFull, LibraryTooNew
from indexes.storage.database import MIGRATIONS, REVISIONS, Database
from indexes.storage.tables import METADATA


def upgraded(path: Path) -> Database:
    database = Database(path)
    database.upgrade()
    return database


def test_migrations_make_the_tables_that_are_declared(tmp_path: Path) -> None:
    database = upgraded(tmp_path / "l.sqlite3")
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        made = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT name, sql FROM sqlite_master")}
    database.close()
    for name in ("passages", "changes", "jobs", "conversations"):
        assert "AUTOINCREMENT" in made[name]
    assert "number = 1" in made["library_info"]


def test_revisions_known_are_those_of_the_folder() -> None:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(configuration)
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS


def test_upgrade_twice_changes_nothing(tmp_path: Path) -> None:
    upgraded(tmp_path / "l.sqlite3").close()
    before = (tmp_path / "l.sqlite3").read_bytes()
    upgraded(tmp_path / "l.sqlite3").close()
    assert (tmp_path / "l.sqlite3").read_bytes() == before


def test_database_is_in_wal_mode_with_foreign_keys(tmp_path: Path) -> None:
    database = upgraded(tmp_path / "l.sqlite3")
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    database.close()


def test_later_revision_is_too_new(tmp_path: Path) -> None:
    upgraded(tmp_path / "l.sqlite3").close()
    with sqlite3.connect(tmp_path / "l.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    database = Database(tmp_path / "l.sqlite3")
    with pytest.raises(LibraryTooNew, match="its revision is 9999.*" + REVISIONS[-1]):
        database.upgrade()
    database.close()


@pytest.mark.parametrize("content", [b"this is not a database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_other_file_is_damage(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "l.sqlite3").write_bytes(content)
    database = Database(tmp_path / "l.sqlite3")
    with pytest.raises(LibraryDamaged, match=r"l\.sqlite3"):
        database.upgrade()
    database.close()


def test_someone_elses_database_is_not_taken(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "l.sqlite3") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    database = Database(tmp_path / "l.sqlite3")
    with pytest.raises(LibraryDamaged, match="not a library of Ronbun's"):
        database.upgrade()
    database.close()


def test_full_disk_writes_nothing(tmp_path: Path) -> None:
    database = upgraded(tmp_path / "l.sqlite3")
    with pytest.raises(LibraryFull, match="takes no more"):
        _write_too_much(database)
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM conversations").scalar() == 0
    database.close()


def _write_too_much(database: Database) -> None:
    with database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        connection.exec_driver_sql(
            "INSERT INTO conversations (conversation_id, title, created_at) VALUES ('a', zeroblob(100000), 'now')"
        )


def test_no_room_for_the_index_of_the_log_is_a_full_disk(tmp_path: Path) -> None:
    failure = sqlite3.OperationalError("disk I/O error")
    failure.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    database = upgraded(tmp_path / "l.sqlite3")
    with pytest.raises(LibraryFull, match="takes no more"), database.read():
        raise failure
    database.close()


def test_writer_that_waits_too_long_is_told_busy(tmp_path: Path) -> None:
    first, second = upgraded(tmp_path / "l.sqlite3"), Database(tmp_path / "l.sqlite3", busy_timeout_ms=50)
    with first.write(), pytest.raises(Busy, match="another process"), second.write():
        pass
    first.close()
    second.close()


def test_reader_is_not_held_up_by_a_writer_and_sees_one_state(tmp_path: Path) -> None:
    database = upgraded(tmp_path / "l.sqlite3")
    count = sqlalchemy.text("SELECT count(*) FROM conversations")
    with database.read() as reader:
        assert reader.execute(count).scalar() == 0
        with database.write() as writer:
            writer.exec_driver_sql(
                "INSERT INTO conversations (conversation_id, title, created_at) VALUES ('a', 't', 'now')"
            )
        assert reader.execute(count).scalar() == 0
    with database.read() as reader:
        assert reader.execute(count).scalar() == 1
    database.close()


def test_write_that_raises_leaves_nothing(tmp_path: Path) -> None:
    database = upgraded(tmp_path / "l.sqlite3")
    with pytest.raises(ZeroDivisionError):
        _delete_and_fail(database)
    assert database.check_revision()
    database.close()


def _delete_and_fail(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        raise ZeroDivisionError


def test_folder_in_the_files_place_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "l.sqlite3").mkdir()
    with pytest.raises(LibraryError, match=r"l\.sqlite3"):
        Database(tmp_path / "l.sqlite3").upgrade()
