-- SPDX-License-Identifier: MIT
-- The tables of a farm. Nobody but their owner touches them: the functions do.
--
-- Sessions keep the plans of their queries, also those that were made while a table was empty. So each query of the functions names
-- columns that one index begins with, and no column of another: there is one plan, and it is that of a full table.

DO $$
BEGIN
    IF current_setting('server_version_num')::int < 130000 THEN
        RAISE 'farm: the server is PostgreSQL %; it must be 13 or later', current_setting('server_version');
    ELSIF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE 'farm: the database has the encoding %; create it with: CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0',
            current_setting('server_encoding');
    END IF;
END
$$;

CREATE SCHEMA farm;
REVOKE ALL ON SCHEMA farm FROM PUBLIC;

-- The files of this folder that were applied.
CREATE TABLE farm.version (
    number int PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied timestamptz NOT NULL DEFAULT clock_timestamp(),
    applied_by text NOT NULL DEFAULT session_user
);

-- Seconds, but for the last two; `lost_at` is the moment when a host told last that the server had lost commits, in seconds since 1970.
CREATE TABLE farm.setting (name text PRIMARY KEY, value double precision NOT NULL);
INSERT INTO farm.setting VALUES ('lease', 60), ('heartbeat', 2), ('grant', 0.5), ('poll', 2), ('window_scale', 1), ('lost_at', 0);

-- A system that is signed out of, shared by all runs. `per_window` NULL: without a ceiling; `at_once` NULL: the same.
CREATE TABLE farm.system (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,
    kind text NOT NULL,
    url text NOT NULL,
    per_window int CHECK (per_window >= 0),
    window_s double precision NOT NULL CHECK (window_s > 0),
    at_once int CHECK (at_once > 0),
    next_at timestamptz NOT NULL DEFAULT '-infinity',
    held_until timestamptz NOT NULL DEFAULT '-infinity',
    settled_at timestamptz NOT NULL DEFAULT '-infinity', -- until then its places may be those of an earlier time
    identity text NOT NULL, -- of the server that its acts were begun on
    stopped_code text,
    stopped_why text,
    stopped_at timestamptz
) WITH (fillfactor = 50);

CREATE TABLE farm.run (
    id bigint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    digest text NOT NULL,
    state text NOT NULL DEFAULT 'filling' CHECK (state IN ('filling', 'open', 'over', 'abandoned')),
    operator text,
    head text NOT NULL DEFAULT repeat('0', 64), -- SHA-256 of the last line
    lines int NOT NULL DEFAULT 0,
    last_number int NOT NULL DEFAULT 0,
    failed int NOT NULL DEFAULT 0, -- verdicts that count as failures, of all hosts
    identity text NOT NULL, -- of the server that numbers were given by
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended timestamptz
) WITH (fillfactor = 50);

-- The systems of a run, and how many of its jobs there are not done.
CREATE TABLE farm.run_system (
    run bigint NOT NULL REFERENCES farm.run,
    name text NOT NULL,
    system int NOT NULL REFERENCES farm.system,
    unfinished int NOT NULL DEFAULT 0,
    PRIMARY KEY (run, name),
    UNIQUE (run, system)
) WITH (fillfactor = 50);

-- A process that does jobs of one run. Its lease is that of all jobs it has.
CREATE TABLE farm.worker (
    id bigint PRIMARY KEY,
    run bigint NOT NULL REFERENCES farm.run,
    host text NOT NULL,
    pid int,
    version text,
    joined timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until timestamptz NOT NULL,
    left_at timestamptz,
    draining boolean NOT NULL DEFAULT false,
    seq bigint NOT NULL DEFAULT 0 -- the last of its records that was refused
) WITH (fillfactor = 50);
CREATE INDEX worker_run ON farm.worker (run);

-- How much of a system's `at_once` a worker may use.
CREATE TABLE farm.place (
    system int NOT NULL REFERENCES farm.system,
    worker bigint NOT NULL REFERENCES farm.worker,
    places int NOT NULL DEFAULT 0,
    in_use int NOT NULL DEFAULT 0,
    want int NOT NULL DEFAULT 0,
    PRIMARY KEY (system, worker)
) WITH (fillfactor = 50);
CREATE INDEX place_worker ON farm.place (worker);

-- An item of a plan. Each claim raises its epoch.
CREATE TABLE farm.job (
    run bigint NOT NULL,
    n int NOT NULL,
    system int NOT NULL,
    target_key text,
    keyed boolean NOT NULL DEFAULT false, -- needs a token
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'done', 'left')),
    worker bigint,
    epoch int NOT NULL DEFAULT 0,
    begun boolean NOT NULL DEFAULT false, -- an act was begun
    children int[] NOT NULL DEFAULT '{}', -- the items that it was found to be
    PRIMARY KEY (run, n)
) WITH (fillfactor = 70);
CREATE INDEX job_waiting ON farm.job (run, system, n) WHERE state = 'waiting';
CREATE INDEX job_claimed ON farm.job (worker, system, n) WHERE state = 'claimed';

-- An item that a job's target was found to be.
CREATE TABLE farm.child (
    run bigint NOT NULL,
    n int NOT NULL,
    parent int NOT NULL,
    job int NOT NULL,
    done boolean NOT NULL DEFAULT false, -- it has a verdict
    PRIMARY KEY (run, n)
);

-- A request that changes something. It counts from its beginning until a window after its end.
CREATE TABLE farm.act (
    id bigint PRIMARY KEY,
    run bigint NOT NULL,
    system int NOT NULL,
    worker bigint NOT NULL,
    seq bigint,
    line int NOT NULL, -- of its intent
    began timestamptz NOT NULL,
    ended timestamptz,
    sent boolean,
    answer text,
    recovered boolean NOT NULL DEFAULT false, -- it was ended by another
    UNIQUE (worker, seq)
);
CREATE INDEX act_ended ON farm.act (system, ended) WHERE sent IS DISTINCT FROM false;

CREATE TABLE farm.act_target (
    act bigint NOT NULL,
    run bigint NOT NULL,
    job int NOT NULL,
    epoch int NOT NULL,
    system int NOT NULL,
    target_key text NOT NULL,
    open boolean NOT NULL DEFAULT true
);
CREATE INDEX act_target_act ON farm.act_target (act);
-- Two acts on one target cannot both be open.
CREATE UNIQUE INDEX act_target_open ON farm.act_target (system, target_key) WHERE open;
CREATE INDEX act_target_key ON farm.act_target (system, target_key);
CREATE INDEX act_target_job ON farm.act_target (run, job);

-- The lines of a run's journal, byte for byte, without their newline.
CREATE TABLE farm.line (
    run bigint NOT NULL,
    n int NOT NULL,
    worker bigint,
    seq bigint,
    body text NOT NULL,
    PRIMARY KEY (run, n),
    UNIQUE (worker, seq)
);

-- The lines that are about a job or what it was found to be.
CREATE TABLE farm.line_job (
    run bigint NOT NULL,
    job int NOT NULL,
    n int NOT NULL,
    PRIMARY KEY (run, job, n)
);
