module galaxy/bench/go-mysql

go 1.25.0

require github.com/go-mysql-org/go-mysql v1.16.0
