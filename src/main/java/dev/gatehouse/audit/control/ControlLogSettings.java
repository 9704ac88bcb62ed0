package dev.gatehouse.audit.control;

/**
 * Names of a control log and of who writes to it.
 *
 * @param origin the name of the log, as its checkpoints have it
 * @param replica the id of this process among those that write
 */
public record ControlLogSettings(String origin, String replica) {}
