-- SPDX-License-Identifier: MIT
-- The lines of a journal: each carries the SHA-256 of the one before. Byte for byte what src/core/journal.c writes.

CREATE FUNCTION farm.line_of(head text, record text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF left(record, 1) <> '{' OR position(E'\n' IN record) > 0 OR octet_length(record) > 4194000 THEN
        RAISE 'farm: a record must be one JSON object, in one line of 4 MB at most' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM record::json;
    RETURN '{"prev":"' || head || '"' || CASE WHEN position('"' IN record) > 0 THEN ',' ELSE '' END || substr(record, 2);
END
$$;

-- Adds records to a run's journal, and gives the number of the last line. `seqs` are the worker's own numbers of them, or nothing.
CREATE FUNCTION farm.write(run bigint, worker bigint, seqs bigint[], records text[]) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    r farm.run := farm.lock_run($1);
    body text;
BEGIN
    FOR i IN 1 .. coalesce(array_length(records, 1), 0) LOOP
        body := farm.line_of(r.head, records[i]);
        r.head := encode(sha256(convert_to(body, 'UTF8')), 'hex');
        r.lines := r.lines + 1;
        INSERT INTO farm.line VALUES (r.id, r.lines, $2, seqs[i], body);
    END LOOP;
    UPDATE farm.run x SET head = r.head, lines = r.lines WHERE x.id = r.id;
    RETURN r.lines;
END
$$;

CREATE FUNCTION farm.is_written(me farm.worker, seq bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT EXISTS (SELECT 1 FROM farm.line l WHERE l.worker = me.id AND l.seq = $2)
    );
END
$$;

CREATE FUNCTION farm.note_jobs(run bigint, line int, jobs int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO farm.line_job SELECT DISTINCT $1, j, $2 FROM unnest(jobs) AS x (j);
END
$$;

-- A record to be looked into. The members that are looked at have no escapes; those that jsonb cannot hold are left out.
CREATE FUNCTION farm.parsed(record text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE WHEN position('\u' IN record) > 0 THEN regexp_replace(record, '\\u[0-9a-fA-F]{4}', '\\ufffd', 'g') ELSE record END::jsonb;
END
$$;

-- The job that an item belongs to; NULL where the run has no such item.
CREATE FUNCTION farm.job_of(run bigint, item int) RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce((SELECT j.n FROM farm.job j WHERE j.run = $1 AND j.n = $2),
            (SELECT c.job FROM farm.child c WHERE c.run = $1 AND c.n = $2))
    );
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA farm FROM PUBLIC;
