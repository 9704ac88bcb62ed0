package dev.gatehouse.access;

import dev.gatehouse.core.AuthenticationStrength;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonReaderFactory;
import jakarta.json.JsonString;
import java.io.StringReader;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Grants as access reviews keep them: rows of {@code access_grants} as JSON objects by column, as
 * PostgreSQL's {@code to_jsonb} writes them. A column that is added later must be read here with a
 * default, since older copies lack it.
 */
final class GrantCopy {

  private static final JsonReaderFactory JSON = Json.createReaderFactory(Map.of());

  private GrantCopy() {}

  /** The grant of a copy. */
  static Grant read(String copy) {
    JsonObject row;
    try (JsonReader reader = JSON.createReader(new StringReader(copy))) {
      row = reader.readObject();
    }
    GrantEntity entity = new GrantEntity();
    entity.key = new GrantEntity.Key(row.getString("model"), row.getString("id"));
    entity.caller = text(row, "caller");
    entity.team = text(row, "team");
    entity.effect = GrantEffect.valueOf(row.getString("effect"));
    entity.actions = texts(row, "actions");
    entity.sourceNetworks = texts(row, "source_networks");
    entity.minimumStrength = AuthenticationStrength.valueOf(row.getString("minimum_strength"));
    entity.weight = row.getInt("weight");
    entity.priority = GrantPriority.valueOf(row.getString("priority"));
    entity.callsPerSecond = row.getInt("calls_per_second");
    entity.callsBurst = row.getInt("calls_burst");
    entity.rowsPerSecond = row.getJsonNumber("rows_per_second").longValueExact();
    entity.rowsPerDay = row.getJsonNumber("rows_per_day").longValueExact();
    entity.concurrentCalls = row.getInt("concurrent_calls");
    entity.outputPolicies = texts(row, "output_policies");
    entity.expireTime = time(row, "expire_time");
    entity.creator = row.getString("creator");
    entity.createTime = time(row, "create_time");
    return entity.toRecord();
  }

  private static @Nullable String text(JsonObject row, String column) {
    return row.get(column) instanceof JsonString string ? string.getString() : null;
  }

  private static String[] texts(JsonObject row, String column) {
    JsonArray array = row.getJsonArray(column);
    return array.getValuesAs(JsonString::getString).toArray(String[]::new);
  }

  private static Instant time(JsonObject row, String column) {
    return OffsetDateTime.parse(row.getString(column)).toInstant();
  }
}
