package dev.gatehouse.registry;

import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.VersionId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A model as the registry knows it.
 *
 * @param name its name, for ever
 * @param displayName its name for people, at most {@link #DISPLAY_NAME_LENGTH_MAX} characters of
 *     one line, may be empty
 * @param description what it is, at most {@link #DESCRIPTION_LENGTH_MAX} characters, may be empty
 * @param ownerTeam the team that publishes it
 * @param defaultVersion the version that answers calls which name none; it was ready when it became
 *     the default, but need not be any more
 * @param audit how its uses are recorded
 * @param etag opaque; another one after every change of this record, also over deletion and
 *     creation anew
 * @param createTime when it was created, in microseconds
 * @param updateTime when this record last changed, in microseconds
 */
public record Model(
    ModelName name,
    String displayName,
    String description,
    TeamName ownerTeam,
    @Nullable VersionId defaultVersion,
    ModelAudit audit,
    String etag,
    Instant createTime,
    Instant updateTime) {

  /** The longest name for people, in UTF-16 units. */
  public static final int DISPLAY_NAME_LENGTH_MAX = 128;

  /** The longest description, in UTF-16 units. */
  public static final int DESCRIPTION_LENGTH_MAX = 4096;

  /** The longest request id: printable ASCII without spaces. */
  public static final int REQUEST_ID_LENGTH_MAX = 128;
}
