package dev.gatehouse.audit.verify;

import dev.gatehouse.audit.checkpoint.VerifierKey;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a verification looks at. It believes nothing of it but the keys.
 *
 * @param keys the keys whose signatures are trusted
 * @param checkpoints all checkpoints at hand, old ones too: the more, the more shows
 * @param control the control log
 * @param nodes the stored nodes of its tree, or null where there are none
 * @param journals the folders that hold journals, or null if these are not looked at
 * @param journalsElsewhere whether journals may be in other folders, as those of other replicas
 */
public record Evidence(
    List<VerifierKey> keys,
    List<Note> checkpoints,
    ControlRows control,
    @Nullable NodeRows nodes,
    @Nullable List<Path> journals,
    boolean journalsElsewhere) {}
