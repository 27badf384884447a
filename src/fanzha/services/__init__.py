"""Floor 4: one use case, one module, one public function; frozen request in, frozen result out."""
