/**
 * Keys that the gateway holds itself, and secrets in general.
 *
 * <p>Owns the file of the keyset, which is never in the database, and Tink, which no other room
 * touches. Facades: {@link dev.gatehouse.keys.Keyring} makes and checks keyed hashes (HMAC-SHA256);
 * {@link dev.gatehouse.keys.DerivedKey} is a key of it for one purpose; {@link
 * dev.gatehouse.keys.SigningKey} signs and {@link dev.gatehouse.keys.VerifyingKey} verifies
 * (Ed25519); {@link dev.gatehouse.keys.Secret} is text that never prints. Runs without Quarkus.
 *
 * <p>The file is a Tink keyset in JSON, in the clear: who can read it can make tags, so it is
 * refused if others than its owner and group could. Such a file is what a Kubernetes Secret mounts.
 *
 * <p>Threads: none. The file is read once; everything is immutable then and safe to share.
 *
 * <p>Invariants: a file that is there is never written to. A key leaves this room in no form: not
 * in a text, a log, a message or an exception. Tags are compared in constant time.
 *
 * <p>Bounds: {@link dev.gatehouse.keys.KeyFile#FILE_BYTES_MAX}, {@link
 * dev.gatehouse.keys.Keyring#KEYS_MAX}.
 */
@NullMarked
package dev.gatehouse.keys;

import org.jspecify.annotations.NullMarked;
