-- SPDX-License-Identifier: MIT
return require "spec.proofs.fuzz.readers" "cisco_em"
