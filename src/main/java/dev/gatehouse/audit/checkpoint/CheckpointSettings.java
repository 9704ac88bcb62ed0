package dev.gatehouse.audit.checkpoint;

import java.time.Duration;

/**
 * When checkpoints are made.
 *
 * @param entriesMax so many new entries are not left without one
 * @param interval so long no new entry is left without one
 */
public record CheckpointSettings(long entriesMax, Duration interval) {}
