/**
 * The command line: {@code gatehouse audit verify} and {@code gatehouse audit export}.
 *
 * <p>Owns what is printed, exit codes and the progress bar. A program of its own, without Quarkus:
 * it reads files and a database with the verifier of room {@code audit}, or calls a gateway as its
 * clients do. {@code deploy/bin/gatehouse} starts it.
 *
 * <p>Invariants: verifying calls nobody but the database it is given. Passwords and tokens come
 * from files or the environment, never from arguments, and are never printed. Exit codes: 0 all is
 * well, 1 something is wrong with the record, 2 the command could not be carried out.
 *
 * <p>Threads: those of the progress bar and of gRPC. Bounds: {@link
 * dev.gatehouse.cli.KeyTexts#FILE_BYTES_MAX} a key, token or checkpoint, {@link
 * dev.gatehouse.cli.CheckpointFolder#FILES_MAX} checkpoints.
 */
@NullMarked
package dev.gatehouse.cli;

import org.jspecify.annotations.NullMarked;
