package report

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
)

type galleryView struct {
	ID    string
	Title string
	Note  string
	Terms []Term
	Open  []groupView // without a name
	Folds []groupView
}

type groupView struct {
	Name, Detail string
	Strips       []stripView
}

type stripView struct {
	Title  string
	Images []thumbView
}

type thumbView struct {
	Thumb
	Parts []string // of the name, which may be broken between them
	URI   template.URL
}

func newGalleryView(g Gallery, n int) galleryView {
	v := galleryView{ID: fmt.Sprintf("gallery%d", n+1), Title: g.Title, Note: g.Note, Terms: g.Terms}
	for _, group := range g.Groups {
		gv := groupView{Name: group.Name, Detail: group.Detail}
		for _, s := range group.Strips {
			sv := stripView{Title: s.Title}
			for _, t := range s.Images {
				tv := thumbView{Thumb: t, Parts: strings.SplitAfter(t.Image, "/")}
				if len(t.JPEG) > 0 {
					tv.URI = template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(t.JPEG)) // letters of base64 alone
				}
				sv.Images = append(sv.Images, tv)
			}
			gv.Strips = append(gv.Strips, sv)
		}
		if gv.Name == "" {
			v.Open = append(v.Open, gv)
		} else {
			v.Folds = append(v.Folds, gv)
		}
	}
	return v
}
