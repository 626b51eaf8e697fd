import java.util.HashMap;
import java.util.Map;

/** A range of a binlog, out of arguments name=value. */
final class PeerRange {
  private final Map<String, String> values = new HashMap<>();

  PeerRange(String[] args) {
    for (String arg : args) {
      int equals = arg.indexOf('=');
      values.put(arg.substring(0, equals), arg.substring(equals + 1));
    }
  }

  String text(String name) {
    return values.get(name);
  }

  long number(String name) {
    return Long.parseLong(values.get(name));
  }
}
