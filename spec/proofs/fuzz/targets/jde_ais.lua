-- SPDX-License-Identifier: MIT
return require "spec.proofs.fuzz.readers" "jde_ais"
