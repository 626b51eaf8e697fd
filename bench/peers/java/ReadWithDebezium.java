import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.Json;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.ObjectOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Executors;

/**
 * Reads a range with Debezium's embedded engine, each change as JSON to standard output, until as many rows have come
 * as the range holds. It begins where an offset file says that we write first; the schema is read from the server.
 */
public final class ReadWithDebezium {
  private static final String NAME = "bench";
  private static final PrintStream OUT =
      new PrintStream(new BufferedOutputStream(new FileOutputStream(java.io.FileDescriptor.out), 1 << 16), false);
  private static long rows = 0;

  public static void main(String[] args) throws Exception {
    PeerRange range = new PeerRange(args);
    Path offsets = Files.createTempFile("bench-offsets", ".dat");
    offsets.toFile().deleteOnExit();
    writeOffset(offsets, range);
    Properties settings = settings(range, offsets);
    DebeziumEngine<ChangeEvent<String, String>> engine =
        DebeziumEngine.create(Json.class)
            .using(settings)
            .using((success, message, error) -> fail(success, message, error))
            .notifying((changes, committer) -> take(changes, committer, range.number("rows")))
            .build();
    Executors.newSingleThreadExecutor().execute(engine);
  }

  private static void take(
      List<ChangeEvent<String, String>> changes,
      DebeziumEngine.RecordCommitter<ChangeEvent<String, String>> committer,
      long wanted)
      throws InterruptedException {
    for (ChangeEvent<String, String> change : changes) {
      if (change.value() != null && change.destination().startsWith(NAME + ".bench.")) {
        rows += 1;
        OUT.append(change.value()).append('\n');
      }
      committer.markProcessed(change);
    }
    committer.markBatchFinished();
    if (rows < wanted) return;
    OUT.flush();
    System.err.println("{\"rows\":" + rows + "}");
    Runtime.getRuntime().halt(0);
  }

  private static void fail(boolean success, String message, Throwable error) {
    System.err.println(success ? "the engine ended early" : message);
    if (error != null) error.printStackTrace();
    Runtime.getRuntime().halt(1);
  }

  private static void writeOffset(Path file, PeerRange range) throws Exception {
    String key = "[\"" + NAME + "\",{\"server\":\"" + NAME + "\"}]";
    String value =
        "{\"file\":\"" + range.text("file") + "\",\"pos\":" + range.number("position")
            + ",\"gtids\":\"" + range.text("gtidSetBefore").replace("\n", "") + "\"}";
    Map<byte[], byte[]> stored = new HashMap<>();
    stored.put(key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    try (ObjectOutputStream output = new ObjectOutputStream(Files.newOutputStream(file))) {
      output.writeObject(stored);
    }
  }

  private static Properties settings(PeerRange range, Path offsets) {
    Properties all = new Properties();
    String[][] pairs = {
      {"name", NAME},
      {"topic.prefix", NAME},
      {"connector.class", "io.debezium.connector.mysql.MySqlConnector"},
      {"offset.storage", "org.apache.kafka.connect.storage.FileOffsetBackingStore"},
      {"offset.storage.file.filename", offsets.toString()},
      {"offset.flush.interval.ms", "1000"},
      {"schema.history.internal", "io.debezium.relational.history.MemorySchemaHistory"},
      {"snapshot.mode", "recovery"},
      {"snapshot.locking.mode", "none"},
      {"database.hostname", range.text("host")},
      {"database.port", range.text("port")},
      {"database.user", range.text("user")},
      {"database.password", range.text("password")},
      {"database.ssl.mode", "disabled"},
      {"database.server.id", String.valueOf(3_000_000_000L + ProcessHandle.current().pid())},
      {"database.include.list", "bench"},
      {"include.schema.changes", "false"},
      {"tombstones.on.delete", "false"},
      {"converter.schemas.enable", "false"},
      {"key.converter.schemas.enable", "false"},
      {"value.converter.schemas.enable", "false"},
      // Large batches: faster here than the defaults.
      {"max.batch.size", "8192"},
      {"max.queue.size", "32768"},
      {"poll.interval.ms", "10"},
    };
    for (String[] pair : pairs) all.setProperty(pair[0], pair[1]);
    return all;
  }
}
