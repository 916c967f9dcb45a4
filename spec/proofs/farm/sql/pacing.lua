-- SPDX-License-Identifier: MIT
-- A ceiling that eight hosts share. The witness is a table that each notes its requests in, as a target would see them: while an act is
-- under way, in transactions of their own.

local farm = require "spec.support.farm"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local HOSTS, PER_WINDOW, WINDOW, AT_ONCE = 8, 40, 2, 3

-- Of moments in order: the most in any window.
local function most_in_window(moments, window)
  local most, first = 0, 1
  for last, moment in ipairs(moments) do
    while moments[first] <= moment - window do
      first = first + 1
    end
    most = math.max(most, last - first + 1)
  end
  return most
end

-- Of spans: the most at any moment.
local function most_at_once(spans)
  local edges, most, now = {}, 0, 0
  for _, span in ipairs(spans) do
    edges[#edges + 1] = { span[1], 1 }
    edges[#edges + 1] = { span[2], -1 }
  end
  table.sort(edges, function(a, b)
    return a[1] < b[1] or a[1] == b[1] and a[2] < b[2]
  end)
  for _, edge in ipairs(edges) do
    now = now + edge[2]
    most = math.max(most, now)
  end
  return most
end

describe("eight hosts", function()
  local server, database

  before_each(function()
    server = postgres.start()
    database = farm.new(server)
  end)

  after_each(function()
    postgres.stop_all()
    peer.stop_all()
  end)

  local function sql(text)
    return server:sql(text, database)
  end

  local function assert_quiet(outputs)
    for _, output in ipairs(outputs) do
      assert.equal("", output)
    end
  end

  local function setup_hosts(runs)
    sql(("CREATE TABLE test.w AS SELECT n, test.join('n' || n %% %d, 'host-' || n) AS w FROM generate_series(1, %d) n"):format(runs, HOSTS))
    sql(("SELECT test.fill(w, 400) FROM test.w WHERE n < %d"):format(runs + 1))
    sql "SELECT test.claim(w, 60) FROM test.w"
  end

  local function spans()
    local list, moments = {}, {}
    local rows = sql "SELECT extract(epoch FROM began), extract(epoch FROM ended) FROM test.witness ORDER BY began"
    for began, ended in rows:gmatch "([%d.]+)|([%d.]+)" do
      list[#list + 1] = { tonumber(began), tonumber(ended) }
      moments[#moments + 1] = tonumber(began)
    end
    return list, moments
  end

  it("never exceed the ceiling together, in any window, nor what is borne at once", function()
    setup_hosts(2)
    sql(("UPDATE farm.system SET per_window = %d, window_s = %g, at_once = %d"):format(PER_WINDOW, WINDOW, AT_ONCE))
    sql "CREATE TABLE test.witness (host int, began timestamptz, ended timestamptz)"
    assert_quiet(farm.at_once(server, database, HOSTS, "me bigint; j jsonb; one record; seq int := 0; start timestamptz := clock_timestamp(); seen timestamptz", [[
      SELECT w INTO me FROM test.w WHERE n = $n;
      FOR one IN SELECT j.n, j.epoch FROM farm.job j WHERE j.worker = me ORDER BY j.n LOOP
        LOOP
          seq := seq + 1;
          j := test.begin(me, one.n, one.epoch, seq);
          COMMIT;
          EXIT WHEN j ? 'go' OR j ? 'busy' OR clock_timestamp() > start + interval '12 s';
          PERFORM pg_sleep((j ->> 'wait')::float8);
        END LOOP;
        EXIT WHEN clock_timestamp() > start + interval '12 s';
        IF j ? 'go' THEN
          seen := clock_timestamp();
          PERFORM pg_sleep(random() * 0.1);
          INSERT INTO test.witness VALUES ($n, seen, clock_timestamp());
          COMMIT;
          PERFORM test.end(me, j, 100000 + seq, one.n);
          COMMIT;
        END IF;
      END LOOP;]]))
    local list, moments = spans()
    assert.is_true(#moments > PER_WINDOW, "only " .. #moments)
    assert.is_true(most_in_window(moments, WINDOW) <= PER_WINDOW, most_in_window(moments, WINDOW))
    assert.is_true(most_at_once(list) <= AT_ONCE, most_at_once(list))
    assert.equal("t", sql "SELECT count(DISTINCT host) > 1 FROM test.witness")
    farm.check_journal(server, database, "n0")
    farm.check_journal(server, database, "n1")
  end)

  it("never have more places together than there are", function()
    setup_hosts(3)
    sql "UPDATE farm.system SET at_once = 5"
    sql "CREATE TABLE test.sums (sum bigint)"
    assert_quiet(farm.at_once(server, database, HOSTS, "me bigint; mine int := 0; used int", [[
      SELECT w INTO me FROM test.w WHERE n = $n;
      FOR i IN 1 .. 60 LOOP
        used := floor(random() * (mine + 1));
        mine := (farm.renew(me, jsonb_build_object('in_use', jsonb_build_object(test.system('cm'), used),
          'want', jsonb_build_object(test.system('cm'), floor(random() * 9)))) -> 'places' ->> test.system('cm')::text)::int;
        COMMIT;
        INSERT INTO test.sums SELECT sum(places) FROM farm.place WHERE system = test.system('cm');
        COMMIT;
      END LOOP;]]))
    assert.equal("t", sql "SELECT max(sum) <= 5 AND max(sum) > 1 FROM test.sums")
  end)

  it("do not wait for each other in a circle, whatever they ask together", function()
    setup_hosts(2)
    sql "UPDATE farm.system SET per_window = NULL, at_once = 100"
    assert_quiet(farm.at_once(server, database, HOSTS, "me bigint; jobs int[]; epochs int[]; seq int := 0; item int; list jsonb; s int", [[
      SELECT w INTO me FROM test.w WHERE n = $n;
      FOR i IN 1 .. 80 LOOP
        SELECT array_agg(j.n), array_agg(j.epoch) INTO jobs, epochs FROM (SELECT * FROM farm.job j WHERE j.worker = me AND j.state = 'claimed' ORDER BY random() LIMIT 4) j;
        list := '[]';
        FOR k IN 1 .. 4 LOOP
          seq := seq + 1;
          item := coalesce(jobs[k], 1);
          s := CASE WHEN random() < 0.5 THEN test.system('cm') ELSE test.system('ag') END;
          list := list || CASE floor(random() * 9)
            WHEN 0 THEN jsonb_build_object('f', 'renew')
            WHEN 1 THEN jsonb_build_object('f', 'claim', 'system', test.system('cm'), 'count', 3)
            WHEN 2 THEN jsonb_build_object('f', 'finish', 'jobs', jsonb_build_array(jsonb_build_array(item, epochs[k])), 'records', ARRAY[test.verdict(item)], 'seq', seq)
            WHEN 3 THEN jsonb_build_object('f', 'release', 'jobs', jsonb_build_array(item))
            WHEN 4 THEN jsonb_build_object('f', 'hold', 'system', s, 'seconds', 0)
            WHEN 5 THEN jsonb_build_object('f', 'recover', 'jobs', jsonb_build_array(jsonb_build_array(item, epochs[k])), 'system', s, 'targets', ARRAY['T' || item])
            WHEN 6 THEN jsonb_build_object('f', 'reattach', 'seq', 0, 'identity', farm.identity())
            ELSE jsonb_build_object('f', 'begin_act', 'system', s, 'jobs', jsonb_build_array(jsonb_build_array(item, epochs[k])), 'targets', ARRAY['T' || item],
              'record', test.record('intent', ARRAY[item]), 'seq', seq) END;
        END LOOP;
        IF random() < 0.1 THEN
          PERFORM test.lapse(me);
        END IF;
        PERFORM farm.calls(me, list);
        COMMIT;
        IF random() < 0.05 THEN
          PERFORM farm.drain('nobody'), farm.status();
          COMMIT;
        END IF;
      END LOOP;]]))
    for run = 0, 1 do
      farm.check_journal(server, database, "n" .. run)
    end
    assert.equal("0", sql "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert.equal("0", sql [[SELECT count(*) FROM farm.run_system s WHERE s.unfinished <>
      (SELECT count(*) FROM farm.job j WHERE j.run = s.run AND j.system = s.system AND j.state IN ('waiting', 'claimed'))]])
  end)
end)
