-- SPDX-License-Identifier: MIT
--- A server for the connection of a farm, with functions in place of the schema's that show what they were asked: `calls` gives back each
-- request with the worker, the transaction and how many came together; `join_run` what it was given.

local postgres = require "spec.support.postgres"

local farm_server = {}

farm_server.SCHEMA = [[
CREATE SCHEMA farm;
CREATE FUNCTION farm.calls(worker bigint, requests jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN
  IF requests @> '[{"f":"raise"}]' THEN RAISE EXCEPTION 'misuse: %', requests->0->>'f'; END IF;
  IF requests @> '[{"f":"slow"}]' THEN PERFORM pg_sleep(1); END IF;
  RETURN (SELECT jsonb_agg(r || jsonb_build_object('worker', worker, 'together', jsonb_array_length(requests), 'transaction', txid_current()::text)
    ORDER BY n) FROM jsonb_array_elements(requests) WITH ORDINALITY AS e(r, n)); END $$;
CREATE FUNCTION farm.join_run(given jsonb) RETURNS jsonb LANGUAGE sql AS $$ SELECT given || '{"worker": 7}' $$;
CREATE FUNCTION farm.secret() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
REVOKE EXECUTE ON FUNCTION farm.secret() FROM PUBLIC;
CREATE TABLE farm.row(id int PRIMARY KEY, seen int);
INSERT INTO farm.row VALUES (1, 0);
CREATE ROLE signoff LOGIN PASSWORD 'farm-password-4711';
GRANT USAGE ON SCHEMA farm TO signoff;
GRANT SELECT, INSERT, UPDATE ON farm.row TO signoff;
]]

--- Starts one; see `postgres.start`.
-- @treturn table
function farm_server.start(options)
  local server = postgres.start(options)
  server:sql(farm_server.SCHEMA)
  return server
end

return farm_server
