-- SPDX-License-Identifier: MIT
return require "spec.fuzz.readers" "agvance"
