package catalogue

// Accuracy is what a publisher tells of a file's net on the 50,000 validation images of ILSVRC-2012, in percent.
type Accuracy struct {
	Top1 float64 `json:"top1"`
	Top5 float64 `json:"top5"`
	How  string  `json:"how"` // the images were tested
	By   string  `json:"by"`  // who tells it
}

const (
	centreCrop = "centre crop of 224 at Q = 256"
	denseThree = "dense, Q = 256, 384, 512"
)

// torchAccuracy is what torchvision's documentation tells of its IMAGENET1K_V1 weights; timm's are the same numbers.
var torchAccuracy = map[string][2]float64{
	"vgg11": {69.020, 88.628}, "vgg13": {69.928, 89.246}, "vgg16": {71.592, 90.382}, "vgg19": {72.376, 90.876},
	"vgg11_bn": {70.370, 89.810}, "vgg13_bn": {71.586, 90.374}, "vgg16_bn": {73.360, 91.516}, "vgg19_bn": {74.218, 91.842},
}

// paperAccuracy is table 4 of arXiv 1409.1556, nets trained with scale jitter, which are those that were published.
var paperAccuracy = map[string][2]float64{"vgg16": {75.2, 92.5}, "vgg19": {75.2, 92.5}}

// kerasAccuracy is what the readme of keras-applications tells, as errors.
var kerasAccuracy = map[string][2]float64{"vgg16": {71.268, 90.050}, "vgg19": {71.256, 89.988}}

// told is what a table tells of a net; nil: nothing.
func told(table map[string][2]float64, net, how, by string) *Accuracy {
	a, ok := table[net]
	if !ok {
		return nil
	}
	return &Accuracy{Top1: a[0], Top5: a[1], How: how, By: by}
}
