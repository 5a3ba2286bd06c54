// Enqueues a job for an app in TypeScript: go run . redis|sqs|http|command ORDER TO
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/gomodule/redigo/redis"
)

// #region envelope
type Params map[string]any

type Envelope struct {
	V          int    `json:"v"`
	Task       string `json:"task"`
	Params     Params `json:"params"`
	ID         string `json:"id"`
	Sig        string `json:"sig"`
	EnqueuedAt string `json:"enqueuedAt"`
}

// A job as it is stored in a queue. The worker checks the parameters.
func envelope(task string, params Params) (string, error) {
	names := []string{}
	for name := range params {
		names = append(names, name)
	}
	sort.Strings(names)
	text, err := json.Marshal(Envelope{
		V:          1,
		Task:       task,
		Params:     params,
		ID:         newID(),
		Sig:        strings.Join(names, ","),
		EnqueuedAt: time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
	})
	return string(text), err
}

func newID() string {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		panic(err)
	}
	return fmt.Sprintf("%x", id)
}

// #endregion

// #region redis
func enqueueOnRedis(task string, params Params) error {
	job, err := envelope(task, params)
	if err != nil {
		return err
	}
	connection, err := redis.DialURL(os.Getenv("REDIS_URL"), redis.DialConnectTimeout(5*time.Second))
	if err != nil {
		return err
	}
	defer connection.Close()
	_, err = connection.Do("LPUSH", "mail-jobs", job)
	return err
}

// #endregion

// #region sqs
func enqueueOnSqs(ctx context.Context, task string, params Params) error {
	job, err := envelope(task, params)
	if err != nil {
		return err
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := sqs.NewFromConfig(settings)
	queue, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("mail")})
	if err != nil {
		return err
	}
	_, err = client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: aws.String(job)})
	return err
}

// #endregion

// #region http
func enqueueOverHttp(ctx context.Context, task string, params Params) error {
	options := map[string]string{"id": newID()}
	body, err := json.Marshal(map[string]any{"task": task, "params": params, "options": options})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, os.Getenv("SHOP_URL"), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("SHOP_KEY"))
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the job was refused: %s", answer.Status)
	}
	return nil
}

// #endregion

// #region command
func enqueueByCommand(ctx context.Context, task string, params Params) error {
	line, err := json.Marshal(map[string]any{"task": task, "params": params})
	if err != nil {
		return err
	}
	words := append(strings.Fields(os.Getenv("JOBS")), "enqueue", "--batch", "-", "--json")
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Stdin = bytes.NewReader(line)
	command.Stderr = os.Stderr
	return command.Run()
}

// #endregion

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: go run . redis|sqs|http|command ORDER TO")
	}
	order, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	params := Params{"order": order, "to": os.Args[3]}
	switch os.Args[1] {
	case "redis":
		err = enqueueOnRedis("send_receipt", params)
	case "sqs":
		err = enqueueOnSqs(ctx, "send_receipt", params)
	case "http":
		err = enqueueOverHttp(ctx, "send_receipt", params)
	case "command":
		err = enqueueByCommand(ctx, "send_receipt", params)
	default:
		err = fmt.Errorf("%s is no way to enqueue", os.Args[1])
	}
	if err != nil {
		log.Fatal(err)
	}
}
