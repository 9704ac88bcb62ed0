package dev.gatehouse.edge;

import dev.gatehouse.access.AccessReviewId;
import dev.gatehouse.core.CallerId;
import dev.gatehouse.core.ModelName;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.TeamName;
import dev.gatehouse.core.VersionId;
import dev.gatehouse.serving.AccessReviewAdministration;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Resource names such as {@code models/{model}/versions/{version}}, read and written. */
final class ResourceNames {

  private static final Pattern SLASH = Pattern.compile("/");

  private ResourceNames() {}

  /** A version of a model, by name. */
  record Version(ModelName model, VersionId version) {}

  /** A grant on a model, by name. */
  record Grant(ModelName model, String grant) {}

  /** An API key of a caller, by name. */
  record ApiKey(CallerId caller, String apiKey) {}

  /** A line of an access review, by name; 0 for a name that no line has. */
  record ReviewLine(AccessReviewId review, int line) {}

  static String of(ModelName model) {
    return "models/" + model;
  }

  static String of(ModelName model, VersionId version) {
    return of(model) + "/versions/" + version;
  }

  static String ofGrant(ModelName model, String grant) {
    return of(model) + "/grants/" + grant;
  }

  static String of(CallerId caller) {
    return "callers/" + caller;
  }

  static String ofApiKey(CallerId caller, String apiKey) {
    return of(caller) + "/apiKeys/" + apiKey;
  }

  static String of(AccessReviewId review) {
    return "accessReviews/" + review;
  }

  static String ofReviewLine(AccessReviewId review, int line) {
    return of(review) + "/lines/" + AccessReviewAdministration.lineId(line);
  }

  static String ofRestriction(String id) {
    return "restrictions/" + id;
  }

  static String ofFinding(String id) {
    return "findings/" + id;
  }

  static ModelName model(String field, String name) {
    String[] parts = parts(field, name, "models/{model}", "models");
    return new ModelName(parts[1]);
  }

  static Version version(String field, String name) {
    String[] parts = parts(field, name, "models/{model}/versions/{version}", "models", "versions");
    return new Version(new ModelName(parts[1]), new VersionId(parts[3]));
  }

  static Grant grant(String field, String name) {
    String[] parts = parts(field, name, "models/{model}/grants/{grant}", "models", "grants");
    return new Grant(new ModelName(parts[1]), parts[3]);
  }

  static CallerId caller(String field, String name) {
    return new CallerId(parts(field, name, "callers/{caller}", "callers")[1]);
  }

  static ApiKey apiKey(String field, String name) {
    String[] parts = parts(field, name, "callers/{caller}/apiKeys/{apiKey}", "callers", "apiKeys");
    return new ApiKey(new CallerId(parts[1]), parts[3]);
  }

  static String restriction(String field, String name) {
    return parts(field, name, "restrictions/{restriction}", "restrictions")[1];
  }

  static String finding(String field, String name) {
    return parts(field, name, "findings/{finding}", "findings")[1];
  }

  static AccessReviewId accessReview(String field, String name) {
    return new AccessReviewId(
        parts(field, name, "accessReviews/{accessReview}", "accessReviews")[1]);
  }

  static ReviewLine reviewLine(String field, String name) {
    String[] parts =
        parts(field, name, "accessReviews/{accessReview}/lines/{line}", "accessReviews", "lines");
    return new ReviewLine(
        new AccessReviewId(parts[1]), AccessReviewAdministration.lineNumber(parts[3]).orElse(0));
  }

  static ModelName modelId(String field, String id) {
    return id(field, id, ModelName::valid, ModelName::new);
  }

  static VersionId versionId(String field, String id) {
    return id(field, id, VersionId::valid, VersionId::new);
  }

  static CallerId callerId(String field, String id) {
    return id(field, id, CallerId::valid, CallerId::new);
  }

  static TeamName team(String field, String id) {
    return id(field, id, TeamName::valid, TeamName::new);
  }

  /** An id of one segment; all kinds follow one pattern. */
  static <T> T id(String field, String id, Predicate<String> valid, Function<String, T> make) {
    if (!valid.test(id)) {
      throw invalid(field, "must match [a-z0-9-]{1,63}");
    }
    return make.apply(id);
  }

  private static String[] parts(String field, String name, String form, String... collections) {
    String[] parts = SLASH.split(name, 2 * collections.length + 1);
    boolean fits = parts.length == 2 * collections.length;
    for (int i = 0; fits && i < collections.length; i++) {
      fits = parts[2 * i].equals(collections[i]) && ModelName.valid(parts[2 * i + 1]);
    }
    if (!fits) {
      throw invalid(field, "must be " + form + " with names of [a-z0-9-]{1,63}");
    }
    return parts;
  }

  static RefusedException invalid(String field, String description) {
    return new RefusedException(Refusal.ArgumentInvalid.of(field, description));
  }
}
