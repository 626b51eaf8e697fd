// Reads a range of a MySQL binlog with go-mysql: "json" writes each row as JSON to standard output, "decode" only
// decodes. Ends with {"rows": n} on standard error. Arguments: json or decode, and the range as JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
)

type peerRange struct {
	Host        string `json:"host"`
	Port        uint16 `json:"port"`
	User        string `json:"user"`
	Password    string `json:"password"`
	File        string `json:"file"`
	Position    uint32 `json:"position"`
	EndFile     string `json:"endFile"`
	EndPosition uint32 `json:"endPosition"`
}

// One row as a change event has it.
type change struct {
	Database string         `json:"database"`
	Table    string         `json:"table"`
	Action   string         `json:"action"`
	Before   map[string]any `json:"before,omitempty"`
	After    map[string]any `json:"after,omitempty"`
}

func main() {
	if err := run(os.Args[1] == "json", os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(asJSON bool, argument string) error {
	var wanted peerRange
	if err := json.Unmarshal([]byte(argument), &wanted); err != nil {
		return err
	}
	syncer := replication.NewBinlogSyncer(replication.BinlogSyncerConfig{
		ServerID:       3000000000 + uint32(os.Getpid()),
		Flavor:         "mysql",
		Host:           wanted.Host,
		Port:           wanted.Port,
		User:           wanted.User,
		Password:       wanted.Password,
		VerifyChecksum: true,
		Logger:         slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	defer syncer.Close()
	streamer, err := syncer.StartSync(mysql.Position{Name: wanted.File, Pos: wanted.Position})
	if err != nil {
		return err
	}
	output := bufio.NewWriterSize(os.Stdout, 1<<16)
	rows, err := read(streamer, wanted, asJSON, json.NewEncoder(output))
	if err != nil {
		return err
	}
	if err := output.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "{\"rows\":%d}\n", rows)
	return nil
}

func read(streamer *replication.BinlogStreamer, wanted peerRange, asJSON bool, output *json.Encoder) (int, error) {
	rows := 0
	file := wanted.File
	for {
		event, err := streamer.GetEvent(context.Background())
		if err != nil {
			return rows, err
		}
		switch body := event.Event.(type) {
		case *replication.RotateEvent:
			file = string(body.NextLogName)
		case *replication.XIDEvent:
			if file == wanted.EndFile && event.Header.LogPos >= wanted.EndPosition {
				return rows, nil
			}
		case *replication.RowsEvent:
			if string(body.Table.Schema) != "bench" {
				continue
			}
			count, err := writeRows(event.Header.EventType, body, asJSON, output)
			if err != nil {
				return rows, err
			}
			rows += count
		}
	}
}

func writeRows(kind replication.EventType, event *replication.RowsEvent, asJSON bool, output *json.Encoder) (int, error) {
	update := kind == replication.UPDATE_ROWS_EVENTv1 || kind == replication.UPDATE_ROWS_EVENTv2
	count := len(event.Rows)
	if update {
		count /= 2
	}
	if !asJSON {
		return count, nil
	}
	names := event.Table.ColumnNameString()
	row := change{Database: string(event.Table.Schema), Table: string(event.Table.Table)}
	for index := 0; index < len(event.Rows); index++ {
		switch {
		case update:
			row.Action = "update"
			row.Before = named(names, event.Rows[index])
			index++
			row.After = named(names, event.Rows[index])
		case kind == replication.DELETE_ROWS_EVENTv1 || kind == replication.DELETE_ROWS_EVENTv2:
			row.Action, row.Before = "delete", named(names, event.Rows[index])
		default:
			row.Action, row.After = "insert", named(names, event.Rows[index])
		}
		if err := output.Encode(&row); err != nil {
			return count, err
		}
	}
	return count, nil
}

func named(names []string, values []any) map[string]any {
	row := make(map[string]any, len(values))
	for index, value := range values {
		if bytes, ok := value.([]byte); ok {
			value = string(bytes)
		}
		row[names[index]] = value
	}
	return row
}
