// Checks an exported log, a receipt, or the way from an older checkpoint, with golang.org/x/mod/sumdb alone.
//
//	check export DIR VKEY
//	check receipt FILE VKEY LEAF        (LEAF: a file with the bytes that were logged)
//	check grown DIR VKEY OLDCHECKPOINT
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	command := map[string]func([]string) (string, error){"export": export, "receipt": receipt, "grown": grown}[os.Args[1]]
	said, err := command(os.Args[2:])
	if err != nil {
		fmt.Println("REJECTED:", err)
		os.Exit(1)
	}
	fmt.Println("ACCEPTED:", said)
}

func opened(text []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// files reads tiles from an export: its addresses leave out the height, which is always 8.
type files struct{ folder string }

func (f files) Height() int { return 8 }
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.folder, path))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}
func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

// export computes everything anew from the entries: the root must be the signed one, and every tile file the tree's.
func export(words []string) (string, error) {
	text, err := os.ReadFile(filepath.Join(words[0], "checkpoint"))
	if err != nil {
		return "", err
	}
	tree, err := opened(text, words[1])
	if err != nil {
		return "", err
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for n, bundle := int64(0), []byte(nil); n < tree.N; n++ {
		if n%256 == 0 {
			width := tree.N - n
			if width > 256 {
				width = 256
			}
			path := tlog.Tile{H: 8, L: -1, N: n / 256, W: int(width)}.Path()
			path = strings.Replace(path, "tile/8/data/", "tile/entries/", 1)
			if bundle, err = os.ReadFile(filepath.Join(words[0], path)); err != nil {
				return "", err
			}
		}
		if len(bundle) < 2 || len(bundle) < 2+int(bundle[0])*256+int(bundle[1]) {
			return "", fmt.Errorf("entry %d is cut short", n)
		}
		size := int(bundle[0])*256 + int(bundle[1])
		hashes, err := tlog.StoredHashes(n, bundle[2:2+size], reader)
		if err != nil {
			return "", err
		}
		stored, bundle = append(stored, hashes...), bundle[2+size:]
	}
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return "", err
	}
	if root != tree.Hash {
		return "", fmt.Errorf("the entries do not lead to the signed root")
	}
	tiles := tlog.NewTiles(8, 0, tree.N)
	for i, tile := range tiles {
		if i+1 < len(tiles) && tiles[i+1].L == tile.L && tiles[i+1].N == tile.N {
			continue // the same tile when it was narrower: an export holds the widest
		}
		expected, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return "", err
		}
		found, err := files{words[0]}.ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return "", err
		}
		if string(found[0]) != string(expected) {
			return "", fmt.Errorf("%s is not the tree's", tile.Path())
		}
	}
	return fmt.Sprint(tree.N, " entries"), nil
}

func receipt(words []string) (string, error) {
	data, err := os.ReadFile(words[0])
	if err != nil {
		return "", err
	}
	leaf, err := os.ReadFile(words[2])
	if err != nil {
		return "", err
	}
	head, signed, found := strings.Cut(string(data), "\n\n")
	if !found {
		return "", fmt.Errorf("not a receipt")
	}
	tree, err := opened([]byte(signed), words[1])
	if err != nil {
		return "", err
	}
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return "", fmt.Errorf("not a receipt")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return "", err
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return "", fmt.Errorf("not a hash")
		}
		proof = append(proof, *(*tlog.Hash)(hash))
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
		return "", err
	}
	return fmt.Sprint("entry ", index, " of ", tree.N), nil
}

func grown(words []string) (string, error) {
	text, err := os.ReadFile(filepath.Join(words[0], "checkpoint"))
	if err != nil {
		return "", err
	}
	now, err := opened(text, words[1])
	if err != nil {
		return "", err
	}
	text, err = os.ReadFile(words[2])
	if err != nil {
		return "", err
	}
	before, err := opened(text, words[1])
	if err != nil {
		return "", err
	}
	if before.N > now.N {
		return "", fmt.Errorf("rolled back from %d to %d entries", before.N, now.N)
	}
	proof, err := tlog.ProveTree(now.N, before.N, tlog.TileHashReader(now, files{words[0]}))
	if err != nil {
		return "", err
	}
	if err := tlog.CheckTree(proof, now.N, now.Hash, before.N, before.Hash); err != nil {
		return "", err
	}
	return fmt.Sprint("from ", before.N, " to ", now.N, " entries"), nil
}
