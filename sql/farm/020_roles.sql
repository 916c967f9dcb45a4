-- SPDX-License-Identifier: MIT
-- The roles: grant one of them to the account of a host or a person. None has a right to a table.

DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['signoff_reader', 'signoff_worker', 'signoff_operator'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
END
$$;
SET LOCAL client_min_messages = warning; -- another farm on this server may have granted them
DO $$
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO signoff_reader', current_database()); -- where PUBLIC may not
END
$$;
GRANT signoff_reader TO signoff_worker;
GRANT signoff_worker TO signoff_operator;
GRANT USAGE ON SCHEMA farm TO signoff_reader, signoff_worker, signoff_operator;
RESET client_min_messages;
