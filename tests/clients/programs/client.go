// Connects with crypto/tls: `client ROOT PORT`, lines `name host` on standard input.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

func main() {
	pem, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		name, host, _ := strings.Cut(lines.Text(), "\t")
		fmt.Printf("%s\t%s\n", name, meet(roots, host))
	}
}

func meet(roots *x509.CertPool, host string) string {
	plain, err := net.DialTimeout("tcp", net.JoinHostPort(host, os.Args[2]), 30*time.Second)
	if err != nil {
		return "failed\t" + err.Error()
	}
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(30 * time.Second))
	connection := tls.Client(plain, &tls.Config{RootCAs: roots, ServerName: host})
	if err := connection.Handshake(); err != nil {
		return "rejected\t" + strings.Join(strings.Fields(err.Error()), " ")
	}
	return "accepted\t"
}
