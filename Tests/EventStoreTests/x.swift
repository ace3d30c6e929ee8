import Acoustics
