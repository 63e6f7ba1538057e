// Package store keeps the revisions of objects in one SQLite file.
//
// One process writes, any number read. What [Store.Commit] has returned is on the
// disk, together with the checkpoint that belongs to it: whatever ends the process,
// the next one goes on behind that.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	_ "modernc.org/sqlite" // the driver
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed schema.sql
var schema string

// migrations lead from each version of the schema to the next; the first makes it.
var migrations = []string{schema}

// application marks SQLite files that are stores: "kvau".
const application = 0x6b766175

// Store is an open file.
type Store struct {
	db   *sql.DB
	path string
	lock *lock // nil for one that is only read
	now  func() time.Time
}

// Error tells that a file cannot be used as a store, and what to do.
type Error struct {
	Path, Reason string
	Err          error
}

func (e *Error) Error() string {
	text := e.Path + ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// Open opens a file for recording, and makes it where there is none. Only one
// process can have it open so. now is its clock. Possible error: *Error.
func Open(ctx context.Context, path string, now func() time.Time) (*Store, error) {
	path, err := realPath(path)
	if err != nil {
		return nil, &Error{path, "cannot be opened", err}
	}
	held, err := lockFile(path + ".lock")
	if err != nil {
		return nil, lockError(path, err)
	}
	s := &Store{path: path, lock: held, now: now}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// realPath follows links, so that a file has one lock, and makes the file for this
// user only: it says more than most people may read in the cluster.
func realPath(path string) (string, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return path, err
	}
	if err := file.Close(); err != nil {
		return path, err
	}
	return filepath.EvalSymlinks(path)
}

func lockError(path string, err error) error {
	if errors.Is(err, errLocked) {
		return &Error{path, "another recorder writes to this file; end that one first, or record into another file with --db", nil}
	}
	return &Error{path, "cannot be locked", err}
}

func (s *Store) open(ctx context.Context) (err error) {
	if s.db, err = sql.Open("sqlite", dsn(s.path, "mode=rw", "_txlock=immediate", "_pragma=synchronous(FULL)")); err != nil {
		return &Error{s.path, "cannot be opened", err}
	}
	s.db.SetMaxOpenConns(1) // one writer, whose pragmas hold
	if err := s.guard(ctx); err != nil {
		return err
	}
	if _, err := s.db.ExecContext(ctx, "PRAGMA journal_mode=WAL"); err != nil {
		return s.failure("cannot be written", err)
	}
	return s.migrate(ctx)
}

// Read opens a file that a recorder has made, while that may go on. Possible error:
// *Error.
func Read(ctx context.Context, path string) (*Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{path, "there is no such file; audit record makes it, and --db says where it is", nil}
	}
	db, err := sql.Open("sqlite", dsn(path, "mode=ro"))
	if err != nil {
		return nil, &Error{path, "cannot be opened", err}
	}
	s := &Store{db: db, path: path, now: time.Now}
	err = s.guard(ctx)
	if version, _ := s.pragma(ctx, "user_version"); err == nil && version < len(migrations) {
		err = &Error{path, "no recorder has finished making it yet", nil}
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// dsn names a file whatever is in its path.
func dsn(path string, options ...string) string {
	escaped := (&url.URL{Path: path}).EscapedPath()
	return "file:" + escaped + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&" + strings.Join(options, "&")
}

// Close closes the file.
func (s *Store) Close() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	return errors.Join(err, s.lock.release())
}

// guard refuses files of others, and of later programs.
func (s *Store) guard(ctx context.Context) error {
	version, err := s.pragma(ctx, "user_version")
	if err != nil {
		return s.failure("cannot be read", err)
	}
	mark, err := s.pragma(ctx, "application_id")
	if err != nil {
		return s.failure("cannot be read", err)
	}
	tables, err := s.count(ctx, "SELECT count(*) FROM sqlite_schema")
	switch {
	case err != nil:
		return s.failure("cannot be read", err)
	case mark != application && (version != 0 || tables != 0):
		return &Error{s.path, "this is a database of another program; choose another file with --db", nil}
	case version > len(migrations):
		return &Error{s.path, fmt.Sprintf("a newer audit has made it (schema %d, this one knows %d); update this one", version, len(migrations)), nil}
	}
	return nil
}

// migrate brings the schema up to this program's, whole or not at all.
func (s *Store) migrate(ctx context.Context) error {
	version, err := s.pragma(ctx, "user_version")
	if err != nil {
		return s.failure("cannot be read", err)
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		for ; version < len(migrations); version++ {
			if _, err := tx.ExecContext(ctx, migrations[version]); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d", application, version)); err != nil {
			return err
		}
		key := make([]byte, 32)
		rand.Read(key)
		_, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO facts VALUES ('fingerprint key', ?)", key)
		return err
	})
}

// transact makes changes that are all stored when it returns nil, and else none.
func (s *Store) transact(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.failure("cannot be written", err)
	}
	if err := do(tx); err != nil {
		tx.Rollback() // what was wrong is told already
		return s.failure("cannot be written", err)
	}
	if err := tx.Commit(); err != nil {
		tx.Rollback()
		return s.failure("cannot be written", err)
	}
	return nil
}

// failure says what to do about errors of the disk.
func (s *Store) failure(reason string, err error) error {
	var known *Error
	var code *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return known
	case !errors.As(err, &code):
		return &Error{s.path, reason, err}
	}
	switch code.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		reason += "; make room on the disk"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		reason += "; it, and the folder that it is in, must be writable"
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		reason = "this is no database, or a damaged one; choose another file with --db"
	}
	return &Error{s.path, reason, err}
}

func (s *Store) pragma(ctx context.Context, name string) (int, error) {
	return s.count(ctx, "PRAGMA "+name)
}

func (s *Store) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = s.db.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// Fact returns a fact about the file; nil when it is not known.
func (s *Store) Fact(ctx context.Context, name string) (value []byte, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT value FROM facts WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, err
}

// SetFact stores a fact.
func (s *Store) SetFact(ctx context.Context, name string, value []byte) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)
		return err
	})
}

// Path is where the file is.
func (s *Store) Path() string { return s.path }

// Size is how many bytes the file takes, with what is not yet merged into it.
func (s *Store) Size() (total int64) {
	for _, name := range []string{s.path, s.path + "-wal"} {
		if info, err := os.Stat(name); err == nil {
			total += info.Size()
		}
	}
	return total
}

// Check looks for damage.
func (s *Store) Check(ctx context.Context) error {
	var answer string
	err := s.db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&answer)
	if err == nil && answer != "ok" {
		err = &Error{s.path, "it is damaged: " + answer, nil}
	}
	return err
}
