-- SPDX-License-Identifier: MIT
return require "spec.proofs.fuzz.readers" "oracle_commerce"
