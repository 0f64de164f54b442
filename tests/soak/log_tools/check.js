// Checks receipts with npm's @sigstore/verify alone: node check.js NODE_MODULES VKEY RECEIPT LEAF [RECEIPT LEAF …]
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

const [modules, vkey, ...files] = process.argv.slice(2);
const tlog = path.join(modules, "@sigstore", "verify", "dist", "tlog");
const { verifyCheckpoint } = require(path.join(tlog, "checkpoint.js"));
const { verifyMerkleInclusion } = require(path.join(tlog, "merkle.js"));

const [name, id, ...rest] = vkey.split("+");
const key = Buffer.from(rest.join("+"), "base64").subarray(1);
const wrapped = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
const log = {
  logID: Buffer.from(id, "hex"),
  baseURL: name,
  publicKey: crypto.createPublicKey({ key: wrapped, format: "der", type: "spki" }),
};

for (let at = 0; at < files.length; at += 2) {
  try {
    const text = fs.readFileSync(files[at], "utf-8");
    const cut = text.indexOf("\n\n");
    const lines = text.slice(0, cut).split("\n");
    const entry = {
      canonicalizedBody: fs.readFileSync(files[at + 1]),
      inclusionProof: {
        logIndex: lines[2].replace("index ", ""),
        hashes: lines.slice(3).map((line) => Buffer.from(line, "base64")),
        checkpoint: { envelope: text.slice(cut + 2) },
      },
    };
    const checkpoint = verifyCheckpoint(entry, [log]);
    if (checkpoint.origin !== name) throw new Error("another log");
    verifyMerkleInclusion(entry, checkpoint);
    console.log("ACCEPTED");
  } catch (error) {
    console.log(`REJECTED: ${error.message}`);
  }
}
