QUIESCED='' ON_QUIESCE='' # there is no hook that makes writers pause
quiesce() { :; }
resume() { :; }
