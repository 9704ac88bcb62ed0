package dev.gatehouse.cli;

import picocli.CommandLine.Command;

/** {@code gatehouse audit}. */
@Command(
    name = "audit",
    description = "Verifies and exports the record of who did what.",
    mixinStandardHelpOptions = true,
    subcommands = {AuditVerify.class, AuditExport.class})
final class AuditCommand {}
