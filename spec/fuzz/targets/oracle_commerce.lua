-- SPDX-License-Identifier: MIT
return require "spec.fuzz.readers" "oracle_commerce"
