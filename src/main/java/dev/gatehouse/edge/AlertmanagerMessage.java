package dev.gatehouse.edge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gatehouse.abuse.response.ReportedAlert;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a message of Alertmanager's webhook, version 4: of each alert its status, times,
 * fingerprint and the three labels that matter here. Depth, size and lengths are bounded, and what
 * is not of this form is refused whole.
 *
 * @see <a
 *     href="https://prometheus.io/docs/alerting/latest/configuration/#webhook_config">Prometheus,
 *     webhook_config</a>
 */
final class AlertmanagerMessage {

  /** Objects and lists within each other; a message needs four. */
  static final int DEPTH_MAX = 16;

  /** Characters of a text. */
  static final int TEXT_CHARS_MAX = 64 * 1024;

  /** Characters of a name. */
  static final int NAME_CHARS_MAX = 1_024;

  private static final int NUMBER_CHARS_MAX = 64;
  private static final String VERSION = "4";

  /** Alertmanager's way to say that there is no time. */
  private static final Instant NEVER = Instant.parse("0001-01-01T00:00:00Z");

  private static final ObjectReader READER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxStringLength(TEXT_CHARS_MAX)
                          .maxNameLength(NAME_CHARS_MAX)
                          .maxNumberLength(NUMBER_CHARS_MAX)
                          .maxDocumentLength(AlertmanagerWebhook.BODY_BYTES_MAX)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  // Names are a stranger's: a table of them that lives on would grow by each.
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  private AlertmanagerMessage() {}

  /** That a message is not of the form. Says nothing of what is in it. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedException() {
      super("not a message of Alertmanager, version 4");
    }
  }

  /**
   * The alerts of a message.
   *
   * @throws MalformedException if it is none
   */
  static List<ReportedAlert> parse(byte[] body) throws MalformedException {
    JsonNode message = read(body);
    JsonNode alerts = message.path("alerts");
    if (!message.path("version").asText().equals(VERSION) || !alerts.isArray()) {
      throw new MalformedException();
    }
    List<ReportedAlert> reported = new ArrayList<>();
    for (JsonNode alert : alerts) {
      if (!alert.path("labels").isObject()) {
        throw new MalformedException();
      }
      reported.add(alert(alert));
    }
    return reported;
  }

  private static JsonNode read(byte[] body) throws MalformedException {
    try {
      JsonNode message = READER.readValue(body);
      if (message == null || !message.isObject()) {
        throw new MalformedException();
      }
      return message;
    } catch (JsonProcessingException e) {
      // Its message quotes what was sent.
      throw new MalformedException();
    } catch (IOException e) {
      throw new MalformedException();
    }
  }

  private static ReportedAlert alert(JsonNode alert) {
    JsonNode labels = alert.path("labels");
    return new ReportedAlert(
        text(alert.path("fingerprint")),
        text(alert.path("status")).equals("firing"),
        time(alert.path("startsAt")),
        time(alert.path("endsAt")),
        text(labels.path("rule")),
        text(labels.path("caller")),
        text(labels.path("model")));
  }

  private static String text(JsonNode node) {
    return node.isTextual() ? node.textValue() : "";
  }

  private static @Nullable Instant time(JsonNode node) {
    try {
      Instant time = OffsetDateTime.parse(text(node)).toInstant();
      return time.equals(NEVER) ? null : time;
    } catch (DateTimeException e) {
      return null;
    }
  }
}
